import type { InventoryUploaded } from '@vedette/wire/http';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { uploadInventory } from '../../api/fleet.ts';
import { words } from '../../api/words.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorBox, Loading } from '../../ui/states.tsx';
import { ProblemList } from './inventory-problems.tsx';

/** What the server takes. */
const BYTES_MAX = 16 * 1024 * 1024;

/** Cameras from a CSV or YAML file: first what would happen, then it. */
export function UploadInventory(): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [outcome, setOutcome] = useState<InventoryUploaded | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const send = async (chosen: File, dryRun: boolean): Promise<void> => {
    setOutcome(null);
    setFailure(null);
    try {
      if (chosen.size > BYTES_MAX) throw new Error('The file is larger than 16 MB: split it');
      setOutcome(await uploadInventory(typed(chosen), dryRun));
      if (!dryRun) await client.invalidateQueries({ queryKey: ['fleet-cameras'] });
    } catch (error) {
      setFailure(words(error).detail);
    }
  };
  const close = (): void => {
    setFile(null);
    setOutcome(null);
    setFailure(null);
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        aria-label="Inventory file"
        accept=".csv,.yaml,.yml"
        className="hidden"
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = '';
          if (!chosen) return;
          setFile(chosen);
          void send(chosen, true);
        }}
      />
      <Button ref={button} icon="upload" onClick={() => input.current?.click()}>
        Upload CSV or YAML
      </Button>
      <Dialog open={file !== null} onClose={close} title={file?.name ?? ''} returnTo={() => button.current}>
        <div className="flex flex-col gap-3 p-4">
          {failure === null ? null : <ErrorBox title="The file was not taken" detail={failure} />}
          {outcome === null && failure === null ? <Loading label="Reading the file" /> : null}
          {outcome ? (
            <>
              <p role="status">
                {outcome.dry_run ? 'This would be done: ' : 'Done: '}
                {outcome.added} added, {outcome.changed} changed, {outcome.unchanged} as they are.
              </p>
              {outcome.problems.length > 0 ? (
                <>
                  <p className="font-medium">
                    {outcome.problems.length} {outcome.problems.length === 1 ? 'problem' : 'problems'}; these rows are
                    left out
                  </p>
                  <ProblemList problems={outcome.problems} />
                </>
              ) : null}
              <div className="flex gap-2">
                {outcome.dry_run && outcome.added + outcome.changed > 0 ? (
                  <Button look="primary" onClick={() => (file ? void send(file, false) : undefined)}>
                    Do it
                  </Button>
                ) : null}
                <Button onClick={close}>{outcome.dry_run ? 'Cancel' : 'Close'}</Button>
              </div>
            </>
          ) : null}
        </div>
      </Dialog>
    </>
  );
}

/** Browsers know no type for YAML; the name tells. */
function typed(file: File): Blob {
  return new Blob([file], { type: /\.ya?ml$/i.test(file.name) ? 'application/yaml' : 'text/csv' });
}
