/** Orders texts as people do: runs of digits by their number, everything else by code unit. */
export function naturalCompare(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (isDigit(a, i) && isDigit(b, j)) {
      const runA = digits(a, i);
      const runB = digits(b, j);
      const x = runA.replace(/^0+(?=\d)/, '');
      const y = runB.replace(/^0+(?=\d)/, '');
      if (x.length !== y.length) return x.length - y.length;
      if (x !== y) return x < y ? -1 : 1;
      if (runA.length !== runB.length) return runA.length - runB.length;
      i += runA.length;
      j += runB.length;
      continue;
    }
    if (a[i] !== b[j]) return (a[i] as string) < (b[j] as string) ? -1 : 1;
    i++;
    j++;
  }
  return a.length - i - (b.length - j);
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function digits(text: string, from: number): string {
  let to = from;
  while (isDigit(text, to)) to++;
  return text.slice(from, to);
}
