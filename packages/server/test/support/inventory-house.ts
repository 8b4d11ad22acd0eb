import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import type { z } from 'zod';
import { type Clock } from '../../src/base/clock.ts';
import type { Logger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { type FindDevices, type InventoryRoom, inventoryConfigSchema, openInventory } from '../../src/fleet/index.ts';
import { createErrorHandler } from '../../src/http/error-body.ts';
import type { StateStore } from '../../src/model/ports.ts';
import { MemoryState } from './memory-state.ts';

export interface HouseOptions {
  readonly config?: z.input<typeof inventoryConfigSchema>;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly state?: StateStore;
  readonly clock?: Clock;
  readonly findDevices?: FindDevices;
  /** Who is signed in; undefined: nobody needs to. */
  readonly user?: string;
}

/** An inventory with files in a folder of its own and its routes on a server that listens. */
export class InventoryHouse {
  readonly folder = mkdtempSync(join(tmpdir(), 'vedette-inventory-'));
  readonly registry = new Registry();
  readonly logged: string[] = [];
  readonly clock: Clock;
  room!: InventoryRoom;
  app!: FastifyInstance;
  #stamp = 1_700_000_000;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  static async open(options: HouseOptions = {}): Promise<InventoryHouse> {
    const house = new InventoryHouse(options.clock ?? new VirtualClock(Date.UTC(2026, 0, 5, 12)));
    for (const [name, text] of Object.entries(options.files ?? {})) house.write(name, text);
    const logger = recordingLogger(house.logged);
    house.room = openInventory(
      {
        clock: house.clock,
        logger,
        registry: house.registry,
        state: options.state ?? new MemoryState(),
        environment: (name) => options.environment?.[name],
        version: '0.0.0',
        ...(options.findDevices === undefined ? {} : { findDevices: options.findDevices }),
      },
      {
        config: house.config(options.config ?? { files: Object.keys(options.files ?? {}) }),
        baseDirectory: house.folder,
      },
    );
    await house.room.start();
    house.app = fastify({ bodyLimit: 4 * 1024 * 1024, routerOptions: { maxParamLength: 1_024 } });
    house.app.decorateRequest('user', undefined);
    house.app.addHook('onRequest', async (request) => {
      request.user = options.user;
    });
    house.app.setErrorHandler(createErrorHandler(logger));
    await house.app.register(house.room.plugin);
    await house.app.ready();
    return house;
  }

  config(input: z.input<typeof inventoryConfigSchema>): z.output<typeof inventoryConfigSchema> {
    return inventoryConfigSchema.parse(input);
  }

  /** Each write has another time, as seconds between edits would give it. */
  write(name: string, text: string | Uint8Array): void {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    this.#stamp++;
    utimesSync(path, this.#stamp, this.#stamp);
  }

  async ask(method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', url: string, body?: unknown, type?: string) {
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    const response = await this.app.inject({
      method,
      url,
      ...(body === undefined ? {} : { payload: isRaw ? body : JSON.stringify(body) }),
      headers: body === undefined || type === '' ? {} : { 'content-type': type ?? 'application/json' },
    });
    const isJson = response.headers['content-type']?.toString().startsWith('application/json') === true;
    // oxlint-disable-next-line typescript/no-explicit-any -- answers of a dozen shapes; each test says which fields it expects
    const json: any = isJson ? JSON.parse(response.body) : undefined;
    return {
      status: response.statusCode,
      body: response.body,
      bytes: response.rawPayload,
      json,
      headers: response.headers,
    };
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.room.stop(AbortSignal.timeout(5_000));
    rmSync(this.folder, { recursive: true });
  }
}

function recordingLogger(lines: string[]): Logger {
  const take = (level: string) => (fields: object, message: string) => {
    lines.push(
      `${level} ${message} ${JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? `${value.message} ${value.stack ?? ''}` : value))}`,
    );
  };
  const logger: Logger = {
    debug: take('debug'),
    info: take('info'),
    warn: take('warn'),
    error: take('error'),
    child: () => logger,
  };
  return logger;
}
