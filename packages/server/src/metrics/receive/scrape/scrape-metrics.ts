import { Counter, Gauge, type Registry } from 'prom-client';

/** Plain numbers on the hot path; prom-client reads them when somebody asks. */
export class ScrapeMetrics {
  scrapes = 0;
  failures = 0;
  missed = 0;
  samples = 0;
  rejected = 0;
  lost = 0;

  register(registry: Registry, targets: () => { readonly active: number; readonly down: number }): void {
    const counter = (name: string, help: string, read: () => number): void => {
      let reported = 0;
      const metric: Counter = new Counter({
        name,
        help,
        registers: [registry],
        collect: () => {
          const now = read();
          metric.inc(now - reported);
          reported = now;
        },
      });
    };
    counter('vedette_scrapes_total', 'Scrapes that ended, well or not.', () => this.scrapes);
    counter('vedette_scrape_failures_total', 'Scrapes that gave no samples.', () => this.failures);
    counter(
      'vedette_scrapes_missed_total',
      'Scrape slots that passed while the previous scrape was still going.',
      () => this.missed,
    );
    counter(
      'vedette_scrape_samples_total',
      'Samples handed to the store, stale markers and scrape_* series included.',
      () => this.samples,
    );
    counter(
      'vedette_scrape_samples_rejected_total',
      'Scraped samples the store refused, such as duplicates.',
      () => this.rejected,
    );
    counter('vedette_scrape_samples_lost_total', 'Scraped samples that could not be stored at all.', () => this.lost);
    const gauge = (name: string, help: string, read: () => number): void => {
      const metric: Gauge = new Gauge({ name, help, registers: [registry], collect: () => metric.set(read()) });
    };
    gauge('vedette_scrape_targets', 'Active targets.', () => targets().active);
    gauge('vedette_scrape_targets_down', 'Active targets whose last scrape failed.', () => targets().down);
  }
}
