import { expect, it } from 'vitest';
import { scheduleWords } from './schedule-words.ts';

const HOURS = [{ start_time: '08:00', end_time: '18:00' }];

it.each([
  [undefined, ''],
  [[{ weekdays: ['monday:friday'], times: HOURS }], 'mon-fri 08:00-18:00'],
  [
    [{ weekdays: ['saturday', 'sunday'], times: HOURS, location: 'Europe/Berlin' }, { weekdays: ['monday'] }],
    'sat,sun 08:00-18:00 Europe/Berlin; mon',
  ],
  [[{}], 'always'],
])('says %j in short', (schedule, words) => expect(scheduleWords(schedule)).toBe(words));

it('keeps as JSON what the short form has no words for', () => {
  const schedule = [{ weekdays: ['monday'], months: ['1:3'] }];
  expect(JSON.parse(scheduleWords(schedule))).toEqual(schedule);
});
