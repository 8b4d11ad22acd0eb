import type { ReactNode } from 'react';

/** Outlines on a 16 × 16 grid. Icons always stand beside words or carry a label on their button. */
const OUTLINES = {
  camera: 'M1.500 5.500h9v6h-9zM10.500 7.500l4-2v6l-4-2M4 8.500v.01',
  dashboards: 'M2 2.500h5v5H2zM9 2.500h5v3H9zM9 7.500h5v6H9zM2 9.500h5v4H2z',
  explore: 'M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 0 0 8 1.800ZM10.800 5.200 9.200 9.200l-4 1.600 1.600-4z',
  alerts: 'M3.500 11.500h9l-1.200-1.800V7a3.300 3.300 0 0 0-6.600 0v2.700zM6.600 13.600h2.800',
  status: 'M1.500 8.500h3l2-5 3 9 2-4h3',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9ZM10.400 10.400l3.400 3.400',
  refresh: 'M13.500 3v3.500H10M13.200 6.400A5.700 5.700 0 1 0 13.700 9',
  clock: 'M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 0 0 8 1.800ZM8 4.500V8l2.500 1.500',
  chevronDown: 'm4 6 4 4 4-4',
  chevronRight: 'm6 4 4 4-4 4',
  chevronLeft: 'm10 4-4 4 4 4',
  close: 'm4 4 8 8M12 4l-8 8',
  menu: 'M8 3.500v.01M8 8v.01M8 12.500v.01',
  info: 'M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 0 0 8 1.800ZM8 7.300v3.700M8 5v.01',
  warning: 'M8 2 14.500 13.500h-13zM8 6.500v3.200M8 11.500v.01',
  error: 'M5.400 1.800h5.200l3.600 3.600v5.200l-3.600 3.600H5.400l-3.600-3.600V5.400zM8 4.800v3.700M8 11v.01',
  check: 'm3 8.500 3.200 3.200L13 4.800',
  zoomOut: 'M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9ZM10.400 10.400l3.400 3.400M5 7h4',
  sun: 'M8 5.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600ZM8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.900.900M11.700 11.700l.900.900M12.600 3.400l-.900.900M4.300 11.700l-.900.900',
  moon: 'M13.500 9.500A5.800 5.800 0 0 1 6.500 2.500a5.800 5.800 0 1 0 7 7Z',
  system: 'M2 3h12v8H2zM6 13.500h4M8 11v2.500',
  help: 'M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 0 0 8 1.800ZM6.200 6.300a1.800 1.800 0 1 1 2.700 1.600c-.600.300-.900.700-.900 1.300M8 11.200v.01',
  copy: 'M5.500 5.500h8v8h-8zM3 10.500h-.5v-8h8V3',
  expand: 'M9.500 2.500h4v4M6.500 13.500h-4v-4M13.500 2.500 9 7M2.500 13.500 7 9',
  plus: 'M8 3v10M3 8h10',
  play: 'M4.500 3v10l8-5z',
  link: 'M6.500 9.500 9.500 6.500M7 4.500l1.300-1.300a3 3 0 0 1 4.300 4.300L11.300 8.800M8.800 11.300l-1.300 1.300a3 3 0 0 1-4.300-4.300L4.500 7',
  off: 'M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 0 0 8 1.800ZM3.700 3.700l8.600 8.600',
  dot: 'M8 5.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5Z',
  pending: 'M8 1.800a6.200 6.200 0 1 0 0 12.400M8 4.500V8l2.500 1.500M11.500 2.900v.01M13.600 5.200v.01M14.100 8v.01',
  edit: 'M3 10.500 10.500 3l2.500 2.500L5.500 13H3z',
  trash: 'M3 4.500h10M6 4.500v-2h4v2M4.500 4.500l.5 9h6l.500-9',
  upload: 'M8 11V3M4.500 6.500 8 3l3.500 3.500M2.500 13.500h11',
  download: 'M8 3v8M4.500 7.500 8 11l3.500-3.500M2.500 13.500h11',
  folder: 'M1.800 3.500h4.400l1.400 1.700h6.600v7.300H1.800z',
} as const;

export type IconName = keyof typeof OUTLINES;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): ReactNode {
  return (
    <svg
      aria-hidden="true"
      className="shrink-0"
      fill="none"
      height={size}
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeWidth={1.5}
      viewBox="0 0 16 16"
      width={size}
    >
      <path d={OUTLINES[name]} />
    </svg>
  );
}
