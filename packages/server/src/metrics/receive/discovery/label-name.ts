/** A part of a meta label's name: everything but letters, digits and the underscore becomes an underscore. */
export function labelNamePart(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, '_');
}
