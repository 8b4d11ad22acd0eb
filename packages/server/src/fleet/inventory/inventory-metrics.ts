import type { Camera, ImportStatus } from '@vedette/wire/http';
import { Gauge, type Registry } from 'prom-client';

export interface InventoryFigures {
  readonly cameras: () => readonly Camera[];
  readonly problemCount: () => number;
  readonly imports: () => readonly ImportStatus[];
}

/** Vedette's own figures about the inventory. */
export function registerInventoryMetrics(registry: Registry, deps: InventoryFigures): void {
  const cameras = new Gauge({
    name: 'vedette_inventory_cameras',
    help: 'Cameras of the inventory, by the strongest source that knows them.',
    labelNames: ['source'],
    registers: [registry],
    collect: () => {
      cameras.reset();
      for (const { source } of deps.cameras()) cameras.inc({ source });
    },
  });
  const problems = new Gauge({
    name: 'vedette_inventory_problems',
    help: 'Faults in inventory files and imports.',
    registers: [registry],
    collect: () => {
      problems.set(deps.problemCount());
    },
  });
  const imports = new Gauge({
    name: 'vedette_inventory_import_success',
    help: '1 when the last attempt of an import succeeded.',
    labelNames: ['import'],
    registers: [registry],
    collect: () => {
      imports.reset();
      for (const { name, asked_at: asked, error } of deps.imports())
        if (asked !== undefined) imports.set({ import: name }, error === undefined ? 1 : 0);
    },
  });
}
