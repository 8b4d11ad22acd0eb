import { Gauge, type Registry } from 'prom-client';

export interface StoreFigures {
  /** Stored parts that were found damaged at start. */
  readonly damagedParts: () => number;
  /** Undefined while the store can write. */
  readonly writeError: () => unknown;
}

/** What only the whole house knows of its store; each room registers its own figures. The starter rules ask for these. */
export function registerStoreMetrics(registry: Registry, figures: StoreFigures): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    const metric: Gauge = new Gauge({ name, help, registers: [registry], collect: () => metric.set(read()) });
  };
  gauge('vedette_store_damaged_parts', 'Stored parts found damaged at start and set aside.', figures.damagedParts);
  gauge('vedette_store_writable', '1 while samples can be written to the database, else 0.', () =>
    figures.writeError() === undefined ? 1 : 0,
  );
}
