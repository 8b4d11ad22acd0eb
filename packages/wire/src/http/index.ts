/** JSON shapes that the server writes and the web application reads; types only. */
export type * from './alerting.ts';
export type * from './dashboard.ts';
export type * from './status.ts';
