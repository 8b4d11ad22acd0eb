import { createHash } from 'node:crypto';

/** What services know the group by: 64 hexadecimal digits, the same for each notification of the group, as Alertmanager makes it. */
export const groupKeyHash = (groupKey: string): string => createHash('sha256').update(groupKey).digest('hex');
