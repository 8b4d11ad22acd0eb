import { ProbeFault, oneLine } from '../http-probe/probe-fault.ts';
import { type XmlElement, XmlRefused, child, childText, descendants, parseXml } from './xml-tree.ts';

const ENVELOPE = 'http://www.w3.org/2003/05/soap-envelope';
export const ADDRESSING = 'http://www.w3.org/2005/08/addressing';

/** SOAP 1.2; `headers` and `body` are XML, in which prefix `s` is the envelope's. */
export function envelope(headers: string, body: string): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${ENVELOPE}">` +
    `<s:Header>${headers}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
  );
}

export interface SoapFault {
  /** Codes from the outermost to the most exact, without prefixes: `Sender`, `NotAuthorized`. */
  readonly codes: readonly string[];
  readonly reason: string;
}

export type SoapAnswer =
  | { readonly body: XmlElement; readonly fault?: undefined }
  | { readonly body?: undefined; readonly fault: SoapFault };

/** The body's element of an answer, or its fault. Throws a ProbeFault where it is no SOAP. */
export function parseSoap(text: string, who: string): SoapAnswer {
  let root: XmlElement;
  try {
    root = parseXml(text);
  } catch (error) {
    if (!(error instanceof XmlRefused)) throw error;
    throw new ProbeFault('protocol', `${who} answered with ${error.message}.`);
  }
  const body = child(root, 'Body');
  if (root.name !== 'Envelope' || body === undefined)
    throw new ProbeFault('protocol', `${who} does not answer in SOAP.`);
  const first = body.children[0];
  if (first === undefined) throw new ProbeFault('protocol', `${who} answered with an empty message.`);
  return first.name === 'Fault' ? { fault: faultOf(first) } : { body: first };
}

function faultOf(fault: XmlElement): SoapFault {
  const codes: string[] = [];
  // SOAP 1.2 nests subcodes; 1.1 has one faultcode.
  for (let code = child(fault, 'Code'); code !== undefined && codes.length < 8; code = child(code, 'Subcode')) {
    codes.push(withoutPrefix(childText(code, 'Value') ?? ''));
  }
  if (codes.length === 0) codes.push(withoutPrefix(childText(fault, 'faultcode') ?? ''));
  const reason = descendants(fault, 'Text')[0]?.text ?? childText(fault, 'faultstring') ?? '';
  return { codes, reason: oneLine(reason, 120) };
}

const withoutPrefix = (name: string): string => oneLine(name.slice(name.indexOf(':') + 1), 60);

const REFUSED = new Set([
  'NotAuthorized',
  'FailedAuthentication',
  'FailedCheck',
  'InvalidSecurity',
  'OperationProhibited',
]);

/** Whether the fault is about who asks. */
export function refusesCredentials(fault: SoapFault): boolean {
  return fault.codes.some((code) => REFUSED.has(code));
}

export function faultWords(fault: SoapFault): string {
  const code = fault.codes.at(-1) ?? '';
  return fault.reason === '' ? code : `${code}: ${fault.reason}`;
}
