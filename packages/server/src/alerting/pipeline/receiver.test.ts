import { expect, it } from 'vitest';
import { Receiver } from './receiver.ts';

function receiver() {
  const closed: string[] = [];
  const errors: unknown[] = [];
  const notifier = (name: string) => ({
    integration: name,
    sendResolved: true,
    notify: async () => ({ ok: true }) as const,
    close: async () => {
      closed.push(name);
      if (name === 'broken') throw new Error('no');
    },
  });
  const made = new Receiver('pager', [notifier('broken'), notifier('hook')], (error) => errors.push(error));
  return { made, closed, errors };
}

it('a retired receiver closes its notifiers once, when the last delivery has ended', async () => {
  const { made, closed, errors } = receiver();
  let finish = (): void => undefined;
  const delivery = made.during(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  await made.retire();
  expect(closed).toEqual([]);
  finish();
  await delivery;
  expect(closed).toEqual(['broken', 'hook']);
  expect(errors).toHaveLength(1);
  await made.retire();
  expect(closed).toHaveLength(2);
});

it('an idle one closes them at once', async () => {
  const { made, closed } = receiver();
  await made.retire();
  expect(closed).toEqual(['broken', 'hook']);
});
