/** YAML of plain data (block style, every text in JSON's quotes, which are YAML's too). */
export function yamlText(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    return value.map((item) => `${indent}- ${yamlText(item, `${indent}  `).trimStart()}`).join('');
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => {
        if (typeof inner !== 'object' || inner === null) return `${indent}${key}: ${JSON.stringify(inner)}\n`;
        if (Object.keys(inner).length === 0) return `${indent}${key}: ${Array.isArray(inner) ? '[]' : '{}'}\n`;
        return `${indent}${key}:\n${yamlText(inner, `${indent}  `)}`;
      })
      .join('');
  }
  return `${indent}${JSON.stringify(value)}\n`;
}
