import type { ReactNode } from 'react';
import { ErrorBox, Loading } from './states.tsx';

export interface PolledProps<Data> {
  readonly data: Data | undefined;
  /** Why the newest answer is missing. */
  readonly failure: { readonly title: string; readonly detail: string } | null;
  readonly onRetry: () => void;
  readonly children: (data: Data) => ReactNode;
}

/** What is asked again and again: the last answer stays on the page, with the reason above it where there is no newer one. */
export function Polled<Data>({ data, failure, onRetry, children }: PolledProps<Data>): ReactNode {
  return (
    <>
      {failure ? <ErrorBox {...failure} onRetry={onRetry} /> : null}
      {data === undefined ? failure ? null : <Loading /> : children(data)}
    </>
  );
}
