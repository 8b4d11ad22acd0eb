import { SaxesParser, type SaxesTagPlain } from 'saxes';

/** A document of an ONVIF device has some hundred elements, a list of capabilities some thousand. */
export const XML_BYTES_MAX = 1_024 * 1_024;
const DEPTH_MAX = 48;
const ELEMENTS_MAX = 20_000;
const ATTRIBUTES_MAX = 64;
const TEXT_CHARACTERS_MAX = 32_768;

/** Thrown for what is not XML, or more of it than anybody needs. */
export class XmlRefused extends Error {
  override readonly name = 'XmlRefused';
}

/** An element without its prefix: devices choose prefixes, and their names do not collide in what is read here. */
export interface XmlElement {
  readonly name: string;
  /** Of its prefix, where it was declared. */
  readonly namespace: string | undefined;
  /** Names without prefix; declarations of namespaces are left out. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text, trimmed. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  readonly namespaces: ReadonlyMap<string, string>;
  text: string;
}

/** Document types are refused, so that no entity but XML's five is ever known, let alone expanded. Throws XmlRefused. */
export function parseXml(text: string): XmlElement {
  if (text.length > XML_BYTES_MAX) throw new XmlRefused(`more than ${XML_BYTES_MAX} characters of XML`);
  // The parser collects a document type until its end: it is not even begun.
  if (text.includes('<!DOCTYPE') || text.includes('<!ENTITY')) throw new XmlRefused('XML with a document type');
  const parser = new SaxesParser({ xmlns: false, position: false });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  parser.on('error', (error) => {
    throw new XmlRefused(`no XML: ${error.message.slice(0, 120)}`);
  });
  parser.on('doctype', () => {
    throw new XmlRefused('XML with a document type');
  });
  parser.on('opentag', (tag) => {
    if (++elements > ELEMENTS_MAX) throw new XmlRefused(`more than ${ELEMENTS_MAX} elements of XML`);
    if (open.length >= DEPTH_MAX) throw new XmlRefused(`XML deeper than ${DEPTH_MAX} elements`);
    open.push(opened(tag, open.at(-1)?.namespaces ?? new Map()));
  });
  const onText = (piece: string): void => {
    const element = open.at(-1);
    if (element === undefined) return;
    if (element.text.length + piece.length > TEXT_CHARACTERS_MAX) {
      throw new XmlRefused(`an element of XML with more than ${TEXT_CHARACTERS_MAX} characters`);
    }
    element.text += piece;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', () => {
    const element = open.pop();
    if (element === undefined) return;
    const { namespaces: _, ...parts } = element;
    const done: XmlElement = { ...parts, text: element.text.trim() };
    const parent = open.at(-1);
    if (parent === undefined) root = done;
    else parent.children.push(done);
  });
  parser.write(text).close();
  if (root === undefined) throw new XmlRefused('no XML element');
  return root;
}

function opened(tag: SaxesTagPlain, inherited: ReadonlyMap<string, string>): OpenElement {
  const attributes = new Map<string, string>();
  let namespaces = inherited;
  const names = Object.keys(tag.attributes);
  if (names.length > ATTRIBUTES_MAX)
    throw new XmlRefused(`an element of XML with more than ${ATTRIBUTES_MAX} attributes`);
  for (const name of names) {
    const value = tag.attributes[name] ?? '';
    if (name === 'xmlns' || name.startsWith('xmlns:')) namespaces = new Map(namespaces).set(name.slice(6), value);
    else attributes.set(localName(name), value);
  }
  const colon = tag.name.indexOf(':');
  return {
    name: localName(tag.name),
    namespace: namespaces.get(colon < 0 ? '' : tag.name.slice(0, colon)),
    attributes,
    children: [],
    namespaces,
    text: '',
  };
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** The first child of each name in turn. */
export function child(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  let at = element;
  for (const name of path) at = at?.children.find((each) => each.name === name);
  return at;
}

export function childText(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  const text = child(element, ...path)?.text;
  return text === undefined || text === '' ? undefined : text;
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((each) => each.name === name) ?? [];
}

/** All descendants of that name, in document order. */
export function descendants(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.flatMap((each) => [...(each.name === name ? [each] : []), ...descendants(each, name)]);
}

export function escapeXml(text: string): string {
  let escaped = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    // Control characters are no XML 1.0, whatever they are written as.
    if (code < 0x20 && code !== 9 && code !== 10 && code !== 13) continue;
    escaped += ESCAPES[character] ?? character;
  }
  return escaped;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** As it came, with its namespaces declared on it; for reference parameters that must be sent back. */
export function writeXml(element: XmlElement): string {
  const prefix = element.namespace === undefined || element.namespace === '' ? '' : 'n:';
  const declared = prefix === '' ? '' : ` xmlns:n="${escapeXml(element.namespace ?? '')}"`;
  const attributes = [...element.attributes].map(([name, value]) => ` ${name}="${escapeXml(value)}"`).join('');
  const inner = element.children.map(writeXml).join('') + escapeXml(element.text);
  return `<${prefix}${element.name}${declared}${attributes}>${inner}</${prefix}${element.name}>`;
}
