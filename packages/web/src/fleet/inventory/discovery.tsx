import type { DiscoveryJob, FoundDeviceAnswer } from '@vedette/wire/http';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { Link } from 'wouter';
import { createCamera, discoveryJob, startDiscovery, stopDiscovery } from '../../api/fleet.ts';
import { pollFailure, words } from '../../api/words.ts';
import { routes } from '../../routes.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { fieldClass } from '../../ui/field.tsx';
import { Polled } from '../../ui/polled.tsx';
import { ErrorBox, Loading } from '../../ui/states.tsx';
import { Section } from '../section.tsx';

const POLL_MS = 1_000;

/** Cameras on the network that answer ONVIF, asked for on demand; each found one can be added as it is. */
export function Discovery(): ReactNode {
  const client = useQueryClient();
  const job = useQuery({
    queryKey: ['fleet-discovery'],
    queryFn: ({ signal }) => discoveryJob(signal),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? POLL_MS : false),
  });
  const [failure, setFailure] = useState<string | null>(null);
  const attempt = async (task: () => Promise<unknown>): Promise<void> => {
    try {
      await task();
      setFailure(null);
    } catch (error) {
      setFailure(words(error).detail);
    }
    await client.invalidateQueries({ queryKey: ['fleet-discovery'] });
  };
  return (
    <Section title="Discovery (ONVIF)">
      <DiscoveryForm
        running={job.data?.state === 'running'}
        onStart={(request) => void attempt(() => startDiscovery(request))}
        onStop={() => void attempt(() => stopDiscovery())}
      />
      {failure === null ? null : <ErrorBox title="Discovery" detail={failure} />}
      <Polled data={job.data} failure={pollFailure(job)} onRetry={() => void job.refetch()}>
        {(known) => (known ? <Found job={known} /> : null)}
      </Polled>
    </Section>
  );
}

function DiscoveryForm({
  running,
  onStart,
  onStop,
}: {
  readonly running: boolean;
  readonly onStart: (request: Parameters<typeof startDiscovery>[0]) => void;
  readonly onStop: () => void;
}): ReactNode {
  const id = useId();
  const [addresses, setAddresses] = useState('');
  const [username, setUsername] = useState('');
  const [variable, setVariable] = useState('');
  const [site, setSite] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const list = addresses.split(/[\s,]+/).filter(Boolean);
    onStart({
      ...(list.length > 0 ? { addresses: list } : {}),
      ...(variable.trim() === ''
        ? {}
        : {
            credentials: {
              password_env: variable.trim(),
              ...(username.trim() === '' ? {} : { username: username.trim() }),
            },
          }),
      ...(site.trim() === '' ? {} : { site: site.trim() }),
    });
  };
  const field = (name: string, label: string, value: string, set: (text: string) => void, hint: string): ReactNode => (
    <label htmlFor={`${id}-${name}`} className="flex min-w-0 flex-col gap-0.5 text-xs text-ink2">
      {label}
      <input
        id={`${id}-${name}`}
        value={value}
        onChange={(event) => set(event.target.value)}
        placeholder={hint}
        className={fieldClass}
      />
    </label>
  );
  return (
    <form
      onSubmit={submit}
      className="grid items-end gap-2 wide:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,1fr)_minmax(0,1fr)_auto]"
    >
      {field('addresses', 'Addresses (empty: by multicast)', addresses, setAddresses, '10.1.0.0/26, 10.1.4.11:8080')}
      {field('username', 'User', username, setUsername, 'viewer')}
      {field('variable', 'Password is in variable', variable, setVariable, 'CAMERA_PASSWORD')}
      {field('site', 'Site of what is found', site, setSite, 'North depot')}
      {running ? (
        <Button onClick={onStop}>Stop</Button>
      ) : (
        <Button type="submit" icon="search">
          Search
        </Button>
      )}
    </form>
  );
}

const JOB_WORDS = { running: 'Searching', done: 'Done', failed: 'Failed', cancelled: 'Stopped' } as const;

function Found({ job }: { readonly job: DiscoveryJob }): ReactNode {
  return (
    <>
      <p role="status" className="flex flex-wrap items-center gap-2 text-ink2">
        {job.state === 'running' ? <Loading label="Searching" /> : JOB_WORDS[job.state]}
        <span className="num">
          {job.devices.length} {job.devices.length === 1 ? 'device' : 'devices'} found
        </span>
        <span>
          begun <Ago ms={Date.parse(job.started_at)} />
        </span>
      </p>
      {job.error === undefined ? null : <p className="text-bad">{job.error}</p>}
      {job.devices.length > 0 ? (
        <ul className="flex flex-col">
          {job.devices.map((device) => (
            <Device key={device.url} device={device} />
          ))}
        </ul>
      ) : null}
    </>
  );
}

function Device({ device }: { readonly device: FoundDeviceAnswer }): ReactNode {
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const [added, setAdded] = useState<string | null>(null);
  const known = device.camera ?? added;
  const add = async (): Promise<void> => {
    if (!device.proposal) return;
    try {
      const { entry } = await createCamera(device.proposal);
      setAdded(entry.camera.id);
      setFailure(null);
      await client.invalidateQueries({ queryKey: ['fleet-cameras'] });
    } catch (error) {
      setFailure(words(error).detail);
    }
  };
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line/60 py-1.5">
      <span className="font-medium">
        {[device.manufacturer, device.model].filter(Boolean).join(' ') || 'ONVIF device'}
      </span>
      <span className="font-mono text-xs break-all text-ink2">{device.url}</span>
      <span className="text-xs text-ink3">
        {[
          device.firmware === undefined ? '' : `firmware ${device.firmware}`,
          device.serial === undefined ? '' : `serial ${device.serial}`,
        ]
          .filter(Boolean)
          .join(', ')}
      </span>
      {device.failure === undefined ? null : <span className="min-w-0 text-warn">{device.failure}</span>}
      <span className="ml-auto inline-flex items-center gap-2">
        {known ? (
          <>
            <Badge tone="ok">in the inventory</Badge>
            <Link href={routes.inventory({ edit: known })} className="text-accent underline">
              {known}
            </Link>
          </>
        ) : device.proposal ? (
          <Button icon="plus" onClick={() => void add()}>
            Add as {device.proposal.id}
          </Button>
        ) : null}
      </span>
      {failure === null ? null : (
        <div className="basis-full">
          <ErrorBox title="Not added" detail={failure} />
        </div>
      )}
    </li>
  );
}
