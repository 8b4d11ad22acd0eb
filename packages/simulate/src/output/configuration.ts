import type { SimulatedService } from '../services/service.ts';

/** `static_configs` of one job, as Prometheus has them. */
interface ScrapeJob {
  readonly job_name: string;
  readonly scrape_interval: string;
  readonly static_configs: readonly {
    readonly targets: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

/** Scrape jobs for all services behind one address; each target's path and name are labels of it. */
export function scrapeJobs(services: readonly SimulatedService[], address: string): ScrapeJob[] {
  const jobs = new Map<string, SimulatedService[]>();
  for (const service of services) jobs.set(service.job, [...(jobs.get(service.job) ?? []), service]);
  return [...jobs].map(([job, members]) => ({
    job_name: job,
    scrape_interval: `${members[0]?.scrapeIntervalSeconds ?? 15}s`,
    static_configs: members.map((service) => ({
      targets: [address],
      labels: { __metrics_path__: `/${service.name}/metrics`, instance: service.instance, ...service.labels },
    })),
  }));
}
