const SHOWN_MAX = 8;

/** Values for people: sorted, the first eight. */
export function listed(values: readonly string[]): string {
  if (values.length === 0) return 'never set';
  const shown = [...values].sort().slice(0, SHOWN_MAX).join(', ');
  return values.length > SHOWN_MAX ? `${shown} and ${values.length - SHOWN_MAX} more` : shown;
}
