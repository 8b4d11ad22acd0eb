import type { Collector } from '@vedette/agent';
import type { CameraFields, InventoryProblem } from '@vedette/wire/http';
import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import type { AddressFilter, ProxyEnvironment } from '../../base/http-client/index.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { Logger } from '../../base/logger.ts';
import type { StateStore } from '../../model/ports.ts';
import type { FindDevices, Inventory } from '../ports.ts';
import type { InventoryConfig } from './config.ts';

export interface InventoryDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly state: StateStore;
  /** A variable of the environment; undefined when it is not set. */
  readonly environment: (name: string) => string | undefined;
  readonly version: string;
  readonly proxyEnvironment?: ProxyEnvironment;
  /** Asked before a connection to a recorder; default: everywhere the configuration says. */
  readonly allowAddress?: AddressFilter;
  /** Searches for ONVIF devices; absent: discovery answers that it is not there. */
  readonly findDevices?: FindDevices;
}

export interface InventoryOptions {
  readonly config: InventoryConfig;
  /** Relative paths start here: the folder of the configuration file. */
  readonly baseDirectory: string;
  /** Further classes that are known, such as those with a hysteresis of their own. */
  readonly classes?: readonly string[];
}

/** The inventory with a lifetime, its routes under /api/vedette/fleet and its series. */
export interface InventoryRoom extends Inventory, Component {
  /** Takes new settings and reads every file again. What is wrong is listed, never thrown. */
  apply(options: InventoryOptions): Promise<void>;
  /** Looks at the files now; resolves when what changed counts. */
  refresh(): Promise<void>;
  problems(): readonly InventoryProblem[];
  /** Cameras of `vedette simulate`: source `simulation`; replaces what was given before. Files and the API win over it. */
  simulated(cameras: readonly (CameraFields & { readonly id: string })[]): void;
  readonly plugin: HttpPlugin;
  /** `camera_info`, `camera_maintenance`, `camera_scheduled`, `cameras_active` and the expectations, as text. */
  readonly collector: Collector;
}
