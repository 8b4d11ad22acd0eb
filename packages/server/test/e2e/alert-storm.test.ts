import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { alertmanagerFile, ruleFile, stormAlerts } from './alert-storm-rules.ts';
import { type Life, judge } from './alert-storm-verdict.ts';
import { type Running, cleanUp, end, freePort, root, start, startVedette, temporaryFolder } from './vedette-process.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

afterEach(cleanUp);

/** The whole storm takes a quarter of an hour: `VEDETTE_STORM_KILLS=100`. Without, as many kills as fit into the time. */
const KILLS = Number(process.env['VEDETTE_STORM_KILLS'] ?? 0);
const BOX_MS = 45_000;
const KILLS_MIN = 5;
/** The last life sees some end that it saw firing; with time, also those that ended while nobody looked. */
const SETTLE_MS = KILLS > 0 ? 100_000 : 25_000;
/** For a delivery to be killed in. */
const DELIVERY_WAIT_MS = 5_000;
const ALERTS = 40;
const STEADY = 4;

/** How a life ends: at a random moment, in the middle of a delivery, or before it is ready. */
type Ending = 'moment' | 'delivery' | 'start';

it(
  'killed again and again in a storm of firing and resolving: what fires is told, what ends too, nothing twice but what a kill kept from being recorded',
  async () => {
    const random = seededRandom(20_261_129);
    const alerts = stormAlerts(ALERTS, STEADY, random);
    let onMessage: (() => Promise<void>) | undefined;
    const receiver = await startWebhookReceiver(async () => onMessage?.());
    const folder = temporaryFolder();
    const listen = `127.0.0.1:${await freePort()}`;
    writeFileSync(`${folder}/rules.yml`, ruleFile(alerts));
    writeFileSync(`${folder}/alertmanager.yml`, alertmanagerFile(receiver.url));
    const config = `rule_files: [rules.yml]
host_collector: { enabled: false }
alerting: { config_file: alertmanager.yml }
`;
    const open = (): Promise<Running> => startVedette({ folder, listen, config });

    const lives: Life[] = [];
    const count: Record<Ending, number> = { moment: 0, delivery: 0, start: 0 };
    const startedMs = Date.now();
    const goesOn = (): boolean =>
      KILLS > 0 ? lives.length + count.start < KILLS : lives.length < KILLS_MIN || Date.now() - startedMs < BOX_MS;
    while (goesOn()) {
      const ending = endingOf(random(), lives.length);
      count[ending]++;
      if (ending === 'start') {
        const args = [
          'serve',
          '--data',
          join(folder, 'data'),
          '--listen',
          listen,
          '--config',
          `${folder}/vedette.yaml`,
        ];
        const child = start(process.execPath, [join(root, 'bin/vedette'), ...args], folder);
        await sleep(random() * 2_000);
        await end(child, 'SIGKILL');
        continue;
      }
      const vedette = await open();
      const readyMs = Date.now();
      let killedMs: number | undefined;
      const kill = async (): Promise<void> => {
        killedMs ??= Date.now();
        await vedette.stop('SIGKILL');
      };
      await sleep(lifeMs(random(), random()));
      if (ending === 'delivery') {
        // The receiver has read the message, and its answer finds nobody.
        const told = new Promise<void>((done) => {
          onMessage = async () => {
            await kill();
            done();
          };
        });
        await Promise.race([told, sleep(DELIVERY_WAIT_MS)]);
      }
      await kill();
      onMessage = undefined;
      lives.push({ readyMs, killedMs: killedMs ?? Date.now() });
    }
    const last = await open();
    const readyMs = Date.now();
    await sleep(SETTLE_MS);
    lives.push({ readyMs, killedMs: Date.now() });
    await last.stop();

    const verdict = judge(alerts, lives, receiver.messages);
    const { due, ends, missed, unended, twice, twiceByCrash } = verdict;
    const kills = count.moment + count.delivery + count.start;
    process.stdout.write(
      `alert storm: ${kills} kills (${count.delivery} at a delivery, ${count.start} while starting), ${receiver.messages.length} messages; ` +
        `${due} firings due, ${missed.length} missed; ${ends} ends due, ${unended.length} missed; ` +
        `told twice: ${twiceByCrash.length} killed between send and record (at most ${Math.max(0, ...twiceByCrash)} ms after), ${twice.length} otherwise\n`,
    );
    expect(missed).toEqual([]);
    expect(unended).toEqual([]);
    expect(twice).toEqual([]);
    expect(due).toBeGreaterThan(ALERTS / 2);
    expect(ends).toBeGreaterThan(3);
    receiver.close();
  },
  Math.max(300_000, KILLS * 30_000),
);

function endingOf(draw: number, lived: number): Ending {
  // The first life makes the folder and tells of everything.
  if (lived === 0) return 'moment';
  if (draw < 0.2) return 'delivery';
  return draw < 0.32 ? 'start' : 'moment';
}

/** Mostly short; one of four is long enough for the alerts to come and go. */
function lifeMs(draw: number, spread: number): number {
  if (draw < 0.4) return 100 + spread * 3_000;
  return draw < 0.75 ? 3_000 + spread * 5_000 : 9_000 + spread * 7_000;
}
