export interface TooltipRow {
  readonly name: string;
  readonly text: string;
  readonly color: string;
  readonly near: boolean;
}

/** More rows than this would cover the chart; the nearest stay. */
export const TOOLTIP_ROWS_MAX = 12;

/** One absolutely placed node. Names come from labels, which are untrusted: filled by textContent only. */
export class TooltipNode {
  readonly #node: HTMLDivElement;
  readonly #host: HTMLElement;

  constructor(host: HTMLElement) {
    this.#host = host;
    this.#node = document.createElement('div');
    this.#node.className = 'chart-tooltip';
    this.#node.setAttribute('aria-hidden', 'true');
    this.#node.hidden = true;
    host.append(this.#node);
  }

  hide(): void {
    this.#node.hidden = true;
  }

  show(title: string, rows: readonly TooltipRow[], more: number, leftPx: number, topPx: number): void {
    const parts: HTMLElement[] = [element('div', 'num', title)];
    for (const row of rows) {
      const line = element('div', row.near ? 'row near' : 'row', '');
      const mark = element('span', 'mark', '');
      mark.style.background = row.color;
      line.append(mark, element('span', '', row.name), element('span', 'num', row.text));
      parts.push(line);
    }
    if (more > 0) parts.push(element('div', '', `and ${more} more`));
    this.#node.replaceChildren(...parts);
    this.#node.hidden = false;
    const width = this.#node.offsetWidth;
    const height = this.#node.offsetHeight;
    const left = leftPx + 14 + width > this.#host.clientWidth ? Math.max(leftPx - 14 - width, -40) : leftPx + 14;
    const top = Math.max(-20, Math.min(topPx - height / 2, this.#host.clientHeight - height + 20));
    this.#node.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  remove(): void {
    this.#node.remove();
  }
}

function element(tag: string, className: string, text: string): HTMLElement {
  const node = document.createElement(tag);
  if (className !== '') node.className = className;
  if (text !== '') node.textContent = text;
  return node;
}
