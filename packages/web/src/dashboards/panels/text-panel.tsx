import type { ReactNode } from 'react';

/** Markdown as React nodes: headings, lists, code, tables of text, emphasis, links. HTML in the text stays text. */
export function TextPanel({
  content,
  mode,
}: {
  readonly content: string;
  readonly mode: 'markdown' | 'text';
}): ReactNode {
  if (mode === 'text') return <pre className="h-full overflow-auto font-sans whitespace-pre-wrap">{content}</pre>;
  return <div className="flex h-full flex-col gap-2 overflow-auto px-1">{blocks(content)}</div>;
}

const HEADING = [
  'text-lg font-semibold',
  'text-base font-semibold',
  'font-semibold',
  'font-semibold',
  'font-medium',
  'font-medium',
] as const;

function blocks(content: string): ReactNode[] {
  const lines = content.replaceAll('\r', '').split('\n');
  const nodes: ReactNode[] = [];
  let at = 0;
  const take = (test: (line: string) => boolean): string[] => {
    const taken: string[] = [];
    while (at < lines.length && test(lines[at] ?? '')) taken.push(lines[at++] ?? '');
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const key = at;
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (line.trim() === '') {
      at++;
    } else if (line.startsWith('```')) {
      at++;
      nodes.push(
        <pre key={key} className="overflow-x-auto rounded bg-raised p-2 font-mono text-xs">
          {take((next) => !next.startsWith('```')).join('\n')}
        </pre>,
      );
      at++;
    } else if (heading) {
      at++;
      nodes.push(
        <p
          key={key}
          role="heading"
          aria-level={Math.min(6, (heading[1]?.length ?? 1) + 2)}
          className={HEADING[(heading[1]?.length ?? 1) - 1]}
        >
          {inline(heading[2] ?? '')}
        </p>,
      );
    } else if (/^(?:-{3,}|\*{3,})\s*$/.test(line)) {
      at++;
      nodes.push(<hr key={key} className="border-line" />);
    } else if (/^\s*[-*+]\s/.test(line)) {
      nodes.push(
        <ul key={key} className="list-disc pl-5">
          {take((next) => /^\s*[-*+]\s/.test(next)).map((item, index) => (
            <li key={index}>{inline(item.replace(/^\s*[-*+]\s+/, ''))}</li>
          ))}
        </ul>,
      );
    } else if (/^\s*\d+[.)]\s/.test(line)) {
      nodes.push(
        <ol key={key} className="list-decimal pl-5">
          {take((next) => /^\s*\d+[.)]\s/.test(next)).map((item, index) => (
            <li key={index}>{inline(item.replace(/^\s*\d+[.)]\s+/, ''))}</li>
          ))}
        </ol>,
      );
    } else {
      const text = take((next) => next.trim() !== '' && !/^(?:#{1,6}\s|```|\s*[-*+]\s|\s*\d+[.)]\s)/.test(next)).join(
        ' ',
      );
      nodes.push(<p key={key}>{inline(text === '' ? (lines[at++] ?? '') : text)}</p>);
    }
  }
  return nodes;
}

const INLINE =
  /(`[^`]+`)|(\*\*[^*]+\*\*|__[^_]+__)|(\*[^*\s][^*]*\*|_[^_\s][^_]*_)|!?\[([^\]]*)\]\(([^()\s]+)\)|(https?:\/\/[^\s<>)]+)/g;

function inline(text: string): ReactNode[] {
  const nodes: ReactNode[] = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, emphasis, linkText, address, bare] = match;
    if (match.index > last) nodes.push(text.slice(last, match.index));
    last = match.index + whole.length;
    const key = match.index;
    if (code)
      nodes.push(
        <code key={key} className="rounded bg-raised px-1 font-mono text-xs">
          {code.slice(1, -1)}
        </code>,
      );
    else if (strong) nodes.push(<strong key={key}>{strong.slice(2, -2)}</strong>);
    else if (emphasis) nodes.push(<em key={key}>{emphasis.slice(1, -1)}</em>);
    else nodes.push(<SafeLink key={key} address={address ?? bare ?? ''} text={linkText ?? bare ?? ''} />);
  }
  if (last < text.length) nodes.push(text.slice(last));
  return nodes;
}

/** Only http, https and addresses of this site become links. */
export function SafeLink({ address, text }: { readonly address: string; readonly text: string }): ReactNode {
  if (!/^(?:https?:\/\/|\/(?!\/))/i.test(address)) return <span>{text || address}</span>;
  return (
    <a href={address} target="_blank" rel="noreferrer noopener" className="text-accent underline underline-offset-2">
      {text || address}
    </a>
  );
}
