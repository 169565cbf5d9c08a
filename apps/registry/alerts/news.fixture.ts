import { type Links, type Notice, newsOf } from './news.js';

export const now = new Date('2026-01-04T10:00:00.000Z');

export const firing: Notice = {
  id: '7',
  alert: 'data-drift',
  model: 'churn',
  since: new Date('2026-01-04T09:00:00.000Z'),
  detail: 'v1.2.0 sees <other> inputs & more',
  resolved_at: null,
  status: 'firing',
};
export const resolved: Notice = { ...firing, resolved_at: now, status: 'resolved' };
export const links: Links = { console: 'https://ratchet.example.org/', runbooks: 'https://wiki.example.org/ratchet/' };

/** As it is told where console and runbooks have addresses. */
export const told = (notice: Partial<Notice> = {}) => newsOf({ ...firing, ...notice }, links);
