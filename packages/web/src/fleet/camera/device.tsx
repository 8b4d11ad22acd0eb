import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type QueryData, queryInstant } from '../../api/prometheus.ts';

const POLL_MS = 60_000;

/** Maker, model and firmware in one line, as the device itself says over ONVIF; '' where none does. */
export function deviceWords(data: QueryData): string {
  if (data.resultType !== 'vector') return '';
  const [first] = data.result;
  if (!first) return '';
  const { manufacturer = '', model = '', firmware = '' } = first.metric;
  return [manufacturer, model, firmware && `firmware ${firmware}`].filter((word) => word !== '').join(' ');
}

/** A row of the passport's list; nothing where the device says nothing. */
export function DeviceRow({ id }: { readonly id: string }): ReactNode {
  const asked = useQuery({
    queryKey: ['camera-device', id],
    queryFn: async ({ signal }) => {
      const query = `camera_device_info{camera_id=${JSON.stringify(id)}}`;
      return deviceWords((await queryInstant(query, Date.now(), signal)).data);
    },
    refetchInterval: POLL_MS,
  });
  if (!asked.data) return null;
  return (
    <div className="contents">
      <dt className="text-ink3">device</dt>
      <dd className="break-words">{asked.data}</dd>
    </div>
  );
}
