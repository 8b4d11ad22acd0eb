import type { InventoryEntry } from '@vedette/wire/http';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { changeCamera, createCamera, deleteCamera, inventoryEntry } from '../../api/fleet.ts';
import { pollFailure, words } from '../../api/words.ts';
import { routes } from '../../routes.ts';
import { formatTime } from '../../time/range.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { fieldClass } from '../../ui/field.tsx';
import { Polled } from '../../ui/polled.tsx';
import { ErrorBox } from '../../ui/states.tsx';
import { type CameraDraft, FIELD_OF, cameraOf, draftOf, faultsOf, patchOf } from './camera-draft.ts';

/** Known to the server; a class of one's own can be written, too. */
const CLASSES = ['evidence', 'traffic', 'indoor'];

export function EditCamera({ id }: { readonly id: string }): ReactNode {
  const asked = useQuery({
    queryKey: ['fleet-entry', id],
    queryFn: ({ signal }) => inventoryEntry(id, signal),
    // What is being written must not change under the writer.
    refetchOnMount: 'always',
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <Polled data={asked.data} failure={pollFailure(asked)} onRetry={() => void asked.refetch()}>
      {(entry) => <CameraForm key={entry.revision} entry={entry} />}
    </Polled>
  );
}

/** One camera of the inventory. What a file says of it is shown, and changed in that file. */
export function CameraForm({ entry }: { readonly entry: InventoryEntry | undefined }): ReactNode {
  const initial = draftOf(entry?.camera);
  const [draft, setDraft] = useState<CameraDraft>(initial);
  const [tried, setTried] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [overruled, setOverruled] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const faults = faultsOf(draft);
  const faulty = Object.keys(faults).length > 0;

  const save = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (faulty) {
      // Where the first fault is, on a telephone far above.
      const form = event.currentTarget;
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      const saved = entry
        ? await changeCamera(entry.camera.id, { revision: entry.revision, set: patchOf(initial, draft) })
        : await createCamera(cameraOf(draft));
      await client.invalidateQueries({ queryKey: ['fleet-cameras'] });
      await client.invalidateQueries({ queryKey: ['camera', saved.entry.camera.id] });
      if (saved.overruled.length === 0) {
        // A new one is shown alone: among thousands it would not be seen.
        navigate(routes.inventory(entry ? {} : { q: saved.entry.camera.id }));
        return;
      }
      setOverruled(saved.overruled);
    } catch (error) {
      setFailure(words(error).detail);
    }
    setBusy(false);
  };

  const props = { draft, setDraft, entry, faults: tried ? faults : {} };
  return (
    <form
      onSubmit={(event) => void save(event)}
      aria-label={entry ? `Camera ${entry.camera.id}` : 'New camera'}
      className="flex max-w-4xl flex-col gap-4"
      noValidate
    >
      <div className="flex flex-wrap items-baseline gap-3">
        <h2 className="text-base font-semibold">{entry ? `Camera ${entry.camera.id}` : 'New camera'}</h2>
        {entry ? (
          <Link href={routes.camera(entry.camera.id)} className="text-accent underline">
            Its page
          </Link>
        ) : null}
        {entry?.changed ? (
          <span className="text-xs text-ink3">
            changed {formatTime(Date.parse(entry.changed.at))} by {entry.changed.by}
          </span>
        ) : null}
      </div>
      {failure === null ? null : <ErrorBox title="Not saved" detail={failure} />}
      {overruled.length > 0 ? (
        <ErrorBox
          title="Saved, without effect in part"
          detail={`An inventory file says otherwise of ${overruled.join(', ')}; change it there.`}
        />
      ) : null}
      <Group title="Camera">
        <Entry {...props} name="id" label="Id" hint="gate-1" fixed={entry !== undefined} />
        <Entry {...props} name="name" label="Name" hint="Gate, looking out" />
        <Entry {...props} name="site" label="Site" hint="North depot" />
        <Entry {...props} name="recorder" label="Recorder" hint="nvr-1" />
        <Entry {...props} name="switch" label="Switch" hint="sw-3" />
        <Entry {...props} name="port" label="Port of the switch" hint="14" />
        <Entry {...props} name="class" label="Class" hint="evidence, traffic, indoor" choices={CLASSES} />
        <Entry {...props} name="model" label="Model" />
        <Entry {...props} name="owner" label="Owner" />
      </Group>
      <Group title="Addresses, without user and password">
        <Entry {...props} name="main" label="Main stream" hint="rtsp://192.0.2.17/stream1" wide />
        <Entry {...props} name="mainTransport" label="Transport" choices={['tcp', 'udp']} hint="chosen by itself" />
        <Entry {...props} name="sub" label="Sub stream" wide />
        <Entry {...props} name="snapshot" label="Snapshot" wide />
        <Entry {...props} name="onvif" label="ONVIF" hint="http://192.0.2.17/onvif/device_service" wide />
      </Group>
      <Group title="Credentials, by reference only">
        <Entry {...props} name="username" label="User" hint="viewer" />
        <Entry {...props} name="passwordEnv" label="Password is in the environment variable" hint="CAMERA_PASSWORD" />
        <Entry {...props} name="passwordFile" label="or in the file" hint="gate.password" />
      </Group>
      <Group title="What is expected">
        <Entry {...props} name="framesPerSecond" label="Frames a second" hint="25" />
        <Entry {...props} name="width" label="Width, pixels" hint="1920" />
        <Entry {...props} name="height" label="Height, pixels" hint="1080" />
        <Entry {...props} name="codec" label="Codec" choices={['h264', 'h265', 'mjpeg']} />
        <Entry {...props} name="keyframeSeconds" label="A key frame every … seconds" hint="2" />
        <Entry {...props} name="schedule" label="Runs (empty: always)" hint="mon-fri 08:00-18:00" />
      </Group>
      <Group title="Place">
        <Entry {...props} name="latitude" label="Latitude, degrees" hint="53.5461" />
        <Entry {...props} name="longitude" label="Longitude, degrees" hint="9.9661" />
        <label className="flex items-center gap-2 self-end pb-1.5">
          <input
            type="checkbox"
            checked={draft.probe === 'yes'}
            disabled={fileOf(entry, 'probe') !== undefined}
            onChange={(event) => setDraft({ ...draft, probe: event.target.checked ? 'yes' : 'no' })}
          />
          Probe it from here
        </label>
      </Group>
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" look="primary" disabled={busy}>
          Save
        </Button>
        <Link href={routes.inventory()} className={buttonClass()}>
          Cancel
        </Link>
        {entry ? <DeleteCamera entry={entry} onFailure={setFailure} /> : null}
      </div>
    </form>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <fieldset className="rounded-md border border-line bg-surface p-3">
      <legend className="px-1 font-medium">{title}</legend>
      <div className="grid gap-x-3 gap-y-2 wide:grid-cols-3">{children}</div>
    </fieldset>
  );
}

/** The file and line that says so, where one does. */
function fileOf(entry: InventoryEntry | undefined, name: keyof CameraDraft): string | undefined {
  const said = entry?.fields[FIELD_OF[name]];
  return said?.source === 'file' ? said.place : undefined;
}

function Entry({
  name,
  label,
  hint = '',
  wide = false,
  fixed = false,
  choices = [],
  draft,
  setDraft,
  entry,
  faults,
}: {
  readonly name: keyof CameraDraft;
  readonly label: string;
  readonly hint?: string;
  readonly wide?: boolean;
  readonly fixed?: boolean;
  readonly choices?: readonly string[];
  readonly draft: CameraDraft;
  readonly setDraft: (draft: CameraDraft) => void;
  readonly entry: InventoryEntry | undefined;
  readonly faults: Readonly<Partial<Record<keyof CameraDraft, string>>>;
}): ReactNode {
  const id = useId();
  const file = fileOf(entry, name);
  const fault = faults[name];
  return (
    <div className={`flex min-w-0 flex-col gap-0.5 ${wide ? 'wide:col-span-2' : ''}`}>
      <label htmlFor={id} className="text-xs text-ink2">
        {label}
      </label>
      <input
        id={id}
        value={draft[name]}
        placeholder={hint}
        disabled={fixed || file !== undefined}
        aria-invalid={fault !== undefined}
        aria-describedby={fault !== undefined || file !== undefined ? `${id}-note` : undefined}
        list={choices.length > 0 ? `${id}-list` : undefined}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setDraft({ ...draft, [name]: event.target.value })}
        className={`${fieldClass} disabled:bg-raised disabled:text-ink2 aria-invalid:border-bad`}
      />
      {choices.length > 0 ? (
        <datalist id={`${id}-list`}>
          {choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      ) : null}
      {fault !== undefined ? (
        <p id={`${id}-note`} className="text-xs text-bad">
          {fault}
        </p>
      ) : file === undefined ? null : (
        <p id={`${id}-note`} className="truncate text-xs text-ink3" title={file}>
          from {file}
        </p>
      )}
    </div>
  );
}

function DeleteCamera({
  entry,
  onFailure,
}: {
  readonly entry: InventoryEntry;
  readonly onFailure: (failure: string) => void;
}): ReactNode {
  const [sure, setSure] = useState(false);
  const [, navigate] = useLocation();
  const client = useQueryClient();
  if (entry.kept_by !== undefined)
    return <span className="ml-auto text-xs text-ink2">It cannot be deleted here: {entry.kept_by}</span>;
  const remove = async (): Promise<void> => {
    try {
      await deleteCamera(entry.camera.id, entry.revision);
      await client.invalidateQueries({ queryKey: ['fleet-cameras'] });
      navigate(routes.inventory());
    } catch (error) {
      onFailure(words(error).detail);
    }
  };
  return (
    <span className="ml-auto">
      <Button icon="trash" onClick={() => (sure ? void remove() : setSure(true))}>
        {sure ? 'Really delete?' : 'Delete'}
      </Button>
    </span>
  );
}
