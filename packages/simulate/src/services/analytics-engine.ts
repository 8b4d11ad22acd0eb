import { cameraWork, watchesTraffic } from './analytics-work.ts';
import { trafficShape } from './daily-shape.ts';
import { type SimulatedService, createService } from './service.ts';

const SPEED_BUCKETS = [10, 20, 30, 40, 50, 60, 70, 80, 100, 120];
const RESPONSE_BUCKETS = [30, 60, 120, 180, 240, 300, 450, 600, 900];
const VEHICLES = [
  { name: 'car', share: 0.7 },
  { name: 'truck', share: 0.15 },
  { name: 'bicycle', share: 0.15 },
];
const DIRECTIONS = ['inbound', 'outbound'];
/** Decoded pictures of 640 by 360 in YUV 4:2:0. */
const BYTES_PER_FRAME = 640 * 360 * 1.5;
/** The platform was bought for somewhat more cameras than it has. */
const CAPACITY_MARGIN = 1.35;

/** Turns detections into traffic figures and the figures that managers ask for. */
export function analyticsEngine(seed: number): SimulatedService {
  const about = {
    name: 'analytics-engine-1',
    job: 'analytics-engine',
    instance: 'analytics-engine-1:9090',
    scrapeIntervalSeconds: 10,
  };
  return createService(about, seed, ({ metrics, events, random }) => {
    const detections = metrics.counter('vehicle_detections_total', 'Vehicles.', ['camera_id', 'class']);
    const flow = metrics.gauge('traffic_flow_vehicles_per_hour', 'Vehicles an hour.', [
      'camera_id',
      'lane',
      'direction',
    ]);
    const incidents = metrics.counter('incidents_total', 'Incidents.', ['type', 'severity']);
    const response = metrics.histogram('incident_response_seconds', 'Until somebody reacted.', RESPONSE_BUCKETS);
    const speed = metrics.histogram('vehicle_speed_kmh', 'Speed of vehicles.', SPEED_BUCKETS);
    const quality = metrics.gauge('data_quality_score', 'How usable the data of a camera is, 0 to 1.', ['camera_id']);
    const cost = metrics.gauge('cost_per_detection_dollars', 'Cost of running the platform per detection.');
    const bytes = metrics.counter('data_processed_bytes_total', 'Picture data that was analysed.');
    const capacity = metrics.gauge(
      'camera_capacity_used_ratio',
      'Share of the cameras that the platform was bought for.',
    );
    const efficiency = metrics.gauge(
      'traffic_detection_efficiency_ratio',
      'Vehicles detected of those that passed, 0 to 1.',
    );
    const sla = metrics.gauge('sla_compliance_ratio', 'Share of time in which a promise was kept.', ['sla']);
    const roi = metrics.gauge('roi_ratio', 'What it brings over what it costs.');
    const health = metrics.gauge('vedette_health_score', 'Health of the whole, 0 to 100.');
    const active = metrics.gauge('cameras_active', 'Cameras that deliver pictures.');

    events.subscribe(({ name, attributes: a, count, value = 0, durationSeconds = 0 }) => {
      if (name === 'vehicle') {
        detections.add(count, a['camera_id'] ?? '', a['class'] ?? '');
        speed.observe(value, count);
      } else if (name === 'incident') {
        incidents.add(count, a['type'] ?? '', a['severity'] ?? '');
        response.observe(durationSeconds, count);
      } else if (name === 'frames') bytes.add(value * count);
    });
    for (const type of ['congestion', 'stopped_vehicle', 'wrong_way']) incidents.add(0, type, 'minor');
    response.observe(0, 0);
    let availability = 0.9995;

    return ({ view, atMs, seconds }) => {
      const { cameras } = view.plan;
      let up = 0;
      let perHour = 0;
      let seen = 0;
      let passed = 0;
      for (const camera of cameras) {
        const work = cameraWork(view, camera, atMs);
        if (work.framesPerSecond > 0) up++;
        events.emit({
          atMs,
          name: 'frames',
          attributes: { camera_id: camera.id },
          count: work.framesPerSecond * seconds,
          value: BYTES_PER_FRAME,
        });
        quality.set(work.quality, camera.id);
        if (!watchesTraffic(camera)) continue;
        // Dense traffic is slow traffic.
        const usual = 62 - 26 * trafficShape(atMs);
        for (const { name, share } of VEHICLES) {
          const count = random.poisson(work.vehiclesPerSecond * share * seconds);
          const value = Math.max(3, (name === 'bicycle' ? 19 : usual) + 9 * random.normal());
          events.emit({ atMs, name: 'vehicle', attributes: { camera_id: camera.id, class: name }, count, value });
        }
        for (const [i, direction] of DIRECTIONS.entries()) {
          const hourly = work.vehiclesPerSecond * 3_600 * (i === 0 ? 0.55 : 0.45);
          flow.set(Math.round(hourly), camera.id, '1', direction);
        }
        perHour += work.vehiclesPerSecond * 3_600;
        passed += 1;
        if (work.vehiclesPerSecond > 0) seen += work.accuracy;
      }
      const incident = random.poisson((0.4 / 3_600) * (0.3 + trafficShape(atMs)) * seconds * Math.sqrt(cameras.length));
      if (incident > 0) {
        const type = ['congestion', 'stopped_vehicle', 'wrong_way'][random.below(3)] ?? 'congestion';
        const severity = random.next() < 0.8 ? 'minor' : 'major';
        events.emit({
          atMs,
          name: 'incident',
          attributes: { type, severity },
          count: incident,
          durationSeconds: 150 * Math.exp(0.3 * random.normal()),
        });
      }
      const share = up / cameras.length;
      availability += ((share > 0.98 ? 1 : share) - availability) * Math.min(1, seconds / 86_400);
      active.set(up);
      cost.set((9 + 0.11 * cameras.length) / Math.max(1, perHour));
      capacity.set(cameras.length / Math.ceil(cameras.length * CAPACITY_MARGIN));
      efficiency.set(passed === 0 ? 1 : seen / passed);
      sla.set(availability, 'availability');
      sla.set(Math.min(1, 0.9992 - 0.2 * (1 - share)), 'inference_latency');
      roi.set(1.6 + 0.5 * share);
      health.set(Math.round(100 * (0.4 * share + 0.3 * (seen / Math.max(1, passed)) + 0.3 * availability)));
    };
  });
}
