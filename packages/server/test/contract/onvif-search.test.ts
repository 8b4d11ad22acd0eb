import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOnvifClient } from '@vedette/agent';
import { describe, expect, it } from 'vitest';
import { onvifDevices } from '../../src/app/fleet-discovery.ts';
import { SystemClock } from '../../src/base/clock.ts';
import type { FoundDevice } from '../../src/fleet/index.ts';

/** A server that gives everybody the same answer. */
async function answering(status: number, body: string) {
  const server = createServer((_request, response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end(body),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  };
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

describe('a search by addresses', () => {
  it('tells devices that want a password, and not the addresses where nobody speaks ONVIF', async () => {
    const clock = new SystemClock();
    const locked = await answering(401, '');
    const printer = await answering(404, 'not here');
    const page = await answering(200, '<html>hello</html>');
    const search = onvifDevices(createOnvifClient({ clock, policy: { allows: () => true } }), clock);
    const found: FoundDevice[] = [];
    const addresses = [locked.address, printer.address, page.address, '127.0.0.1:9'];
    for await (const device of search({ addresses }, AbortSignal.timeout(20_000))) found.push(device);
    expect(found).toEqual([
      {
        url: `http://${locked.address}/onvif/device_service`,
        streams: [],
        failure: expect.stringMatching(/credentials|password|401/i),
      },
    ]);
    for (const server of [locked, printer, page]) await server.close();
  });
});
