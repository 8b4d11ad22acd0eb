import { escapeHtml } from './builtins.ts';
import { HtmlContext } from './html-escape-context.ts';
import { TemplateRecord, type TemplateValue, formatValue } from './values.ts';

/** Stands for a value that could not be made safe where it was to go; Go's html/template writes the same. */
export const REFUSED = 'ZgotmplZ';

/** What goes out, in order: the template's own text, and values. One for each run. */
export interface OutputForm {
  /** Returns what is written for it. */
  text(literal: string): string;
  /** Returns what is written for it. Throws an Error where no value may stand. */
  value(value: TemplateValue): string;
}

/** A text that is HTML already: what safeHtml and html make. */
export const safeHtml = (text: string): TemplateRecord => new TemplateRecord('template.HTML', {}, { text });
/** An address that may be of any scheme: what safeUrl makes. */
export const safeUrl = (text: string): TemplateRecord => new TemplateRecord('template.URL', {}, { text });
/** A text that was escaped for a query already: what urlquery makes. */
export const queryEscaped = (text: string): TemplateRecord => new TemplateRecord('template.queryEscaped', {}, { text });

/**
 * HTML as html/template makes it: each value is escaped for the place it goes to, which is read off the text around it as it is
 * written. Nothing in a value can begin or end markup, an attribute, or an address of a scheme that runs code. Scripts may hold no
 * values at all: mail programs run none. Comments are left out.
 */
export class HtmlForm implements OutputForm {
  readonly #context = new HtmlContext();

  text(literal: string): string {
    return this.#context.feed(literal);
  }

  value(value: TemplateValue): string {
    const place = this.#context.place;
    const written = escapeFor(place, value, this.#context);
    this.#context.passed(written);
    return written;
  }
}

function escapeFor(place: HtmlContext['place'], value: TemplateValue, context: HtmlContext): string {
  const type = value instanceof TemplateRecord ? value.typeName : '';
  const text = value === undefined ? '' : formatValue(value);
  switch (place) {
    case 'text':
      return type === 'template.HTML' ? text : escapeHtml(text);
    case 'title':
      return type === 'template.HTML' ? keepEntities(text) : escapeHtml(text);
    case 'comment':
      return '';
    case 'tag':
      return REFUSED;
    case 'attributeName':
      return isPlainAttribute(text) ? text : REFUSED;
    case 'script':
      throw new Error('a value cannot stand inside a script: programs that read mail run none; remove the script');
    case 'style':
      return isPlainStyle(text) ? text : REFUSED;
    case 'attribute':
    case 'unquoted':
      return quoted(place, attributeText(type, text, context));
  }
}

function quoted(place: 'attribute' | 'unquoted', { text, html }: { text: string; html: boolean }): string {
  const escaped = html ? keepEntities(text) : escapeHtml(text);
  if (place === 'attribute') return escaped;
  return escaped === '' ? REFUSED : escaped.replace(/[\s=`\0]/g, (c) => `&#${c.charCodeAt(0)};`);
}

function attributeText(type: string, text: string, context: HtmlContext): { text: string; html: boolean } {
  switch (context.attribute) {
    case 'url':
      return { text: urlText(type, text, context.urlPart), html: false };
    case 'script':
      throw new Error('a value cannot stand in an attribute that holds a script; remove the attribute');
    case 'style':
      return { text: isPlainStyle(text) ? text : REFUSED, html: false };
    case 'refused':
      return { text: REFUSED, html: false };
    case 'plain':
      return type === 'template.HTML' ? { text: text.replace(/<[^>]*>?/g, ''), html: true } : { text, html: false };
  }
}

/** Schemes that run no code. */
const SAFE_SCHEME = /^(?:https?|mailto):/i;

function urlText(type: string, text: string, part: HtmlContext['urlPart']): string {
  if (part === 'query')
    return type === 'template.URL' || type === 'template.queryEscaped' ? normalized(text) : escapedUrl(text);
  if (part === 'start' && type !== 'template.URL') {
    // A colon before any slash ends a scheme.
    const colon = text.indexOf(':');
    const isScheme = colon >= 0 && !text.slice(0, colon).includes('/');
    if (isScheme && !SAFE_SCHEME.test(text)) return `#${REFUSED}`;
  }
  return normalized(text);
}

/** What cannot stand in an address is escaped; what is escaped already stays. */
function normalized(url: string): string {
  return url
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/%(?![0-9a-f]{2})|[^\w\-.~!#$&*+,/:;=?@[\]%]/giu, (c) => percent(c));
}

function escapedUrl(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd').replace(/[^\w\-.~]/gu, (c) => percent(c));
}

function percent(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

/** HTML put where tags mean nothing: its entities stay, its brackets and quotes do not. */
function keepEntities(html: string): string {
  const shown: Readonly<Record<string, string>> = {
    '<': '&lt;',
    '>': '&gt;',
    '"': '&#34;',
    "'": '&#39;',
    '\0': '\ufffd',
  };
  return html.replace(/["'<>\0]/g, (c) => shown[c] ?? c);
}

const isPlainAttribute = (text: string): boolean =>
  /^[a-z][a-z0-9-]*$/i.test(text) && !/^(?:on|style$|src|href|action$|formaction$|data|xmlns|http-equiv$)/i.test(text);

/** One value of a property: no quotes, brackets, addresses or escapes. */
const isPlainStyle = (text: string): boolean =>
  /^[\w\s.,#%+!-]*$/.test(text) && !/expression|mozbinding|javascript|<!--|-->/i.test(text);
