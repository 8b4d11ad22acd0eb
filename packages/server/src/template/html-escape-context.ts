/** Where a value would stand. */
export type HtmlPlace =
  | 'text'
  | 'title'
  | 'comment'
  | 'tag'
  | 'attributeName'
  | 'attribute'
  | 'unquoted'
  | 'script'
  | 'style';

export type AttributeKind = 'plain' | 'url' | 'style' | 'script' | 'refused';

/** Elements whose content is text until their own end tag. */
const RAW: Readonly<Record<string, HtmlPlace>> = {
  script: 'script',
  style: 'style',
  title: 'title',
  textarea: 'title',
};

const URL_ATTRIBUTES = new Set(
  'action archive background cite classid codebase data formaction href icon longdesc manifest poster profile src usemap xmlns'.split(
    ' ',
  ),
);

type State =
  | 'text'
  | 'raw'
  | 'comment'
  | 'declaration'
  | 'tagName'
  | 'inTag'
  | 'attributeName'
  | 'afterName'
  | 'beforeValue'
  | 'double'
  | 'single'
  | 'bare';

/**
 * Reads HTML as it is written and says what kind of place comes next. Follows the states of the HTML standard's tokenizer as far as
 * values are concerned; what it cannot place it takes for the stricter place.
 */
export class HtmlContext {
  #state: State = 'text';
  /** Name of the open tag while it is read, and of the raw element whose end is awaited. */
  #tag = '';
  #isEnd = false;
  #raw = '';
  #attribute = '';
  /** The attribute's value so far. */
  #value = '';

  get place(): HtmlPlace {
    switch (this.#state) {
      case 'text':
        return 'text';
      case 'raw':
        return RAW[this.#raw] ?? 'text';
      case 'comment':
        return 'comment';
      case 'declaration':
      case 'tagName':
        return 'tag';
      case 'inTag':
      case 'attributeName':
      case 'afterName':
        return 'attributeName';
      case 'beforeValue':
      case 'bare':
        return 'unquoted';
      case 'double':
      case 'single':
        return 'attribute';
    }
  }

  get attribute(): AttributeKind {
    const name = this.#attribute;
    const local = name.replace(/^(?:data-|[a-z]+:)/, '');
    if (name === 'style') return 'style';
    if (local.startsWith('on')) return 'script';
    if (name === 'srcset' || name === 'srcdoc' || name === 'http-equiv') return 'refused';
    return URL_ATTRIBUTES.has(local) || /src|uri|url/.test(local) ? 'url' : 'plain';
  }

  /** How far an address has come. */
  get urlPart(): 'start' | 'path' | 'query' {
    if (this.#value.trim() === '') return 'start';
    return /[?#]/.test(this.#value) ? 'query' : 'path';
  }

  /** A value was written; it was escaped so that it cannot change the place, but in front of an attribute's value it begins one. */
  passed(written: string): void {
    if (this.#state === 'beforeValue') this.#state = 'bare';
    if (this.#state === 'inTag' || this.#state === 'afterName') {
      this.#attribute = '';
      this.#state = 'attributeName';
    }
    if (this.#state === 'attributeName') this.#attribute += written.toLowerCase();
    if (this.#state === 'double' || this.#state === 'single' || this.#state === 'bare') this.#value += written;
  }

  /** Reads the template's own text; returns it without comments, and with a last `<` made harmless: a value may follow. */
  feed(literal: string): string {
    let out = '';
    let at = 0;
    while (at < literal.length) {
      const wasComment = this.#state === 'comment';
      const to = this.#advance(literal, at);
      const isComment = this.#state === 'comment';
      if (!wasComment && !isComment) out += literal.slice(at, to);
      at = to;
    }
    // `<` or `</` before a value would make a tag of it.
    return this.#state === 'text' ? out.replace(/<(\/?)$/, '&lt;$1') : out;
  }

  /** Reads at least one character; returns where it stopped. */
  #advance(text: string, at: number): number {
    switch (this.#state) {
      case 'text':
        return this.#text(text, at);
      case 'raw':
        return this.#rawText(text, at);
      case 'comment': {
        const end = text.indexOf('-->', at);
        if (end < 0) return text.length;
        this.#state = 'text';
        return end + 3;
      }
      case 'declaration': {
        const end = text.indexOf('>', at);
        if (end < 0) return text.length;
        this.#state = 'text';
        return end + 1;
      }
      case 'tagName': {
        const end = indexOf(text, at, /[\s/>]/);
        this.#tag += text.slice(at, end).toLowerCase();
        if (end < text.length) this.#state = 'inTag';
        return end === at ? this.#inTag(text, at) : end;
      }
      case 'inTag':
        return this.#inTag(text, at);
      case 'attributeName': {
        const end = indexOf(text, at, /[\s/>=]/);
        this.#attribute += text.slice(at, end).toLowerCase();
        if (end < text.length) this.#state = 'afterName';
        return end === at ? this.#afterName(text, at) : end;
      }
      case 'afterName':
        return this.#afterName(text, at);
      case 'beforeValue':
        return this.#beforeValue(text, at);
      case 'double':
        return this.#quoted(text, at, '"');
      case 'single':
        return this.#quoted(text, at, "'");
      case 'bare': {
        const end = indexOf(text, at, /[\s>]/);
        this.#value += text.slice(at, end);
        if (end < text.length) this.#state = 'inTag';
        return end === at ? this.#inTag(text, at) : end;
      }
    }
  }

  #text(text: string, at: number): number {
    const open = text.indexOf('<', at);
    if (open < 0) return text.length;
    if (open > at) return open;
    if (text.startsWith('<!--', at)) {
      this.#state = 'comment';
      return at + 4;
    }
    const match = /^<(\/?)(?=[a-z])/i.exec(text.slice(at, at + 3));
    if (match) {
      this.#state = 'tagName';
      this.#isEnd = match[1] === '/';
      this.#tag = '';
      return at + match[0].length;
    }
    if (/^<[!?/]/.test(text.slice(at, at + 2)) && text.length > at + 2) {
      this.#state = 'declaration';
      return at + 2;
    }
    return at + 1;
  }

  #rawText(text: string, at: number): number {
    const end = text.toLowerCase().indexOf(`</${this.#raw}`, at);
    if (end < 0) return text.length;
    this.#state = 'tagName';
    this.#isEnd = true;
    this.#tag = '';
    this.#raw = '';
    return end + 2;
  }

  #inTag(text: string, at: number): number {
    if (text[at] === '>') {
      this.#state = 'text';
      if (!this.#isEnd && Object.hasOwn(RAW, this.#tag)) {
        this.#state = 'raw';
        this.#raw = this.#tag;
      }
      return at + 1;
    }
    this.#state = 'inTag';
    if (/[\s/]/.test(text[at] ?? '')) return at + 1;
    this.#state = 'attributeName';
    this.#attribute = (text[at] ?? '').toLowerCase();
    return at + 1;
  }

  #afterName(text: string, at: number): number {
    this.#state = 'afterName';
    if (/\s/.test(text[at] ?? '')) return at + 1;
    if (text[at] !== '=') return this.#inTag(text, at);
    this.#state = 'beforeValue';
    this.#value = '';
    return at + 1;
  }

  #beforeValue(text: string, at: number): number {
    const character = text[at] ?? '';
    if (/\s/.test(character)) return at + 1;
    if (character === '>') return this.#inTag(text, at);
    this.#state = character === '"' ? 'double' : character === "'" ? 'single' : 'bare';
    return this.#state === 'bare' ? at : at + 1;
  }

  #quoted(text: string, at: number, quote: string): number {
    const end = text.indexOf(quote, at);
    this.#value += text.slice(at, end < 0 ? text.length : end);
    if (end < 0) return text.length;
    this.#state = 'inTag';
    return end + 1;
  }
}

function indexOf(text: string, from: number, pattern: RegExp): number {
  const found = text.slice(from).search(pattern);
  return found < 0 ? text.length : from + found;
}
