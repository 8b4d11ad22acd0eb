import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CameraNaming } from '@vedette/agent';
import type { Inventory, InventoryConfig } from '../fleet/index.ts';
import type { Recorder } from './fleet-collectors.ts';

type ImportConfig = InventoryConfig['imports'][number];

/** The servers that cameras are imported from, as the readers of their figures ask them: the same address, the same credentials. */
export function recordersOf(
  inventory: Inventory,
  { imports }: InventoryConfig,
  baseDirectory: string,
): readonly Recorder[] {
  return imports.map((one) => ({
    kind: one.kind,
    name: one.name ?? one.kind,
    source: {
      url: one.url,
      insecureTls: one.tls_config?.insecure_skip_verify === true,
      ...proofOf(one, baseDirectory),
      ...namingOf(inventory, one),
    },
  }));
}

/** Read at the moment of use. */
function proofOf(
  { basic_auth: basic, authorization, bearer_token: bearer, bearer_token_file: bearerFile }: ImportConfig,
  baseDirectory: string,
): Pick<Recorder['source'], 'credentials' | 'bearerToken'> {
  const textOf = (file: string | undefined): string =>
    file === undefined || file === '' ? '' : readFileSync(resolve(baseDirectory, file), 'utf8').trim();
  if (basic) {
    return {
      credentials: () => ({
        username: basic.username ?? textOf(basic.username_file),
        password: basic.password?.reveal() ?? textOf(basic.password_file),
      }),
    };
  }
  const file = authorization?.credentials_file ?? bearerFile;
  const known = authorization?.credentials ?? bearer;
  if (known === undefined && file === undefined) return {};
  return { bearerToken: () => known?.reveal() ?? textOf(file) };
}

/** What the recorder calls a camera, and what we call it: as the import found it. */
function namingOf(inventory: Inventory, { name, kind }: ImportConfig): CameraNaming {
  const called = name ?? kind;
  let version = -1;
  let ids: ReadonlyMap<string, string> = new Map();
  return {
    onlyMapped: true,
    cameras: (theirs) => {
      if (version !== inventory.version) {
        const pairs = inventory
          .cameras()
          .flatMap(({ id, known_as: known = [] }) =>
            known.filter((one) => one.import === called).map((one): [string, string] => [one.name, id]),
          );
        ids = new Map(pairs);
        version = inventory.version;
      }
      return ids.get(theirs);
    },
  };
}
