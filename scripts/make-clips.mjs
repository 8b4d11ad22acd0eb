#!/usr/bin/env node
// Makes the clips that `vedette simulate` plays, out of ffmpeg's synthetic sources: `node scripts/make-clips.mjs [folder]`. The results are
// committed, so that nobody needs ffmpeg to run a simulation; made with Debian 12's ffmpeg 5.1 (libx264, libx265).
//
// Every clip of a codec is encoded with the same parameters, so that their parameter sets are equal and only what is meant to differ
// does: `settings` alone has another size, as after somebody changed the camera's settings. All are one loop that begins with a key frame
// and ends where it began.
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const SIZE_MAX_BYTES = 600 * 1024;
const folder = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '../packages/simulate/clips'));

/** A street: sky, a block of houses, trees of Mandelbrot's, a road, and cars that cross the picture a whole number of times in a loop. */
function street({ seconds, moving = ['c1', 'c2', 'c3'], width = 1280, height = 720 }) {
  const lane = [
    { car: 'c1', size: '120x52', y: 470, turns: 1 },
    { car: 'c2', size: '96x44', y: 540, turns: 2 },
    { car: 'c3', size: '150x64', y: 610, turns: 1 },
  ];
  const sources = [
    `color=c=0x8fa3b3:s=1280x720:r=25:d=${seconds}[sky]`,
    'mandelbrot=s=1280x150:r=25:start_scale=0.02:start_x=-0.7436:start_y=0.1318,trim=end_frame=1,loop=-1:1,setpts=N/25/TB,hue=s=0.35[trees]',
    ...lane.map(
      ({ car, size }) => `testsrc2=s=${size}:r=25:d=${seconds},trim=end_frame=1,loop=-1:1,setpts=N/25/TB[${car}]`,
    ),
  ];
  const houses = Array.from({ length: 8 }, (_, i) => {
    const x = 20 + i * 158;
    const top = 120 + ((i * 53) % 90);
    return `drawbox=x=${x}:y=${top}:w=130:h=${300 - top}:color=0x${['8a6f5c', '6f7f6a', '7b7b86', '94826a'][i % 4]}:t=fill,${[1, 2, 3].map((floor) => `drawbox=x=${x}:y=${top + floor * 34}:w=130:h=6:color=0x3a3f46:t=fill`).join(',')}`;
  }).join(',');
  const road =
    'drawbox=x=0:y=440:w=1280:h=280:color=0x4b4d50:t=fill,drawbox=x=0:y=528:w=1280:h=4:color=0xd8d8c8:t=fill,drawbox=x=0:y=600:w=1280:h=4:color=0xd8d8c8:t=fill';
  const steps = [`[sky]${houses},${road}[base]`, '[base][trees]overlay=x=0:y=295:shortest=0:eof_action=repeat[s0]'];
  lane.forEach(({ car, turns }, i) => {
    const travel = `mod(t*${turns}/${seconds}\\,1)`;
    const x = moving.includes(car) ? `'-160+1600*${travel}'` : `${200 + 350 * i}`;
    steps.push(`[s${i}][${car}]overlay=x=${x}:y=${lane[i].y}:eval=frame:shortest=0:eof_action=repeat[s${i + 1}]`);
  });
  return `${[...sources, ...steps].join(';')};[s3]trim=duration=${seconds},scale=${width}:${height}:flags=area,format=yuv420p[out]`;
}

const black = (seconds, width = 1280, height = 720) =>
  `color=c=black:s=${width}x${height}:r=25:d=${seconds},format=yuv420p[out]`;

// A constant quantiser, the same for key frames: what stands still costs next to nothing, as it does in a camera whose sensor hangs.
const encoders = {
  h264: (keyFrames) =>
    [
      '-c:v libx264 -preset slow -profile:v high -level:v 4.0 -qp 33 -bf 0',
      '-x264-params keyint=500:min-keyint=1:scenecut=0:ref=1:rc-lookahead=0:ipratio=1:aq-mode=0:threads=1',
      `-force_key_frames ${keyFrames} -f h264`,
    ].flatMap((part) => part.split(' ')),
  h265: (keyFrames) =>
    [
      '-c:v libx265 -preset medium -bf 0',
      '-x265-params keyint=500:min-keyint=1:scenecut=0:bframes=0:ref=1:rc-lookahead=1:qp=35:ipratio=1:repeat-headers=1:info=0:log-level=error:pools=1:frame-threads=1:open-gop=0',
      `-force_key_frames ${keyFrames} -f hevc`,
    ].flatMap((part) => part.split(' ')),
};

/** What a picture shows, in a given size. */
const scenes = (width, height) => [
  { name: 'street', graph: street({ seconds: 2, width, height }) },
  { name: 'frozen', graph: street({ seconds: 2, moving: [], width, height }) },
  { name: 'black', graph: black(2, width, height) },
  // Every third picture under the timing of all: the encoder still says 25, eight and a third a second are shipped.
  {
    name: 'low-rate',
    graph: street({ seconds: 2, width, height }).replace(
      'trim=duration=2,',
      "trim=duration=2,select='not(mod(n\\,3))',setpts=N/25/TB,",
    ),
  },
  // One car alone, slowly: twenty seconds between key frames would be too large otherwise.
  { name: 'long-interval', graph: street({ seconds: 20, moving: ['c1'], width, height }) },
  { name: 'settings', graph: street({ seconds: 2, width: width * 0.75, height: height * 0.75 }) },
];

const clips = [
  ...scenes(1280, 720).flatMap((scene) => ['h264', 'h265'].map((codec) => ({ ...scene, codec }))),
  // The small stream.
  ...scenes(640, 360).map((scene) => ({ ...scene, name: `sub-${scene.name}`, codec: 'h264' })),
];

function run(args) {
  const result = spawnSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args], { stdio: 'inherit' });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`ffmpeg ended with ${result.status}: ${args.join(' ')}`);
}

mkdirSync(folder, { recursive: true });
const files = [];
for (const { name, codec, graph } of clips) {
  const file = join(folder, `${name}.${codec}`);
  // The first frame is a key frame always; no other is forced.
  run(['-filter_complex', graph, '-map', '[out]', '-fps_mode', 'passthrough', ...encoders[codec]('0'), file]);
  files.push(file);
}
// One JPEG after the other: five pictures a second.
const pictures = [
  { name: 'street', graph: street({ seconds: 2, width: 640, height: 360 }).replace('format=', 'fps=5,format=') },
  { name: 'black', graph: black(0.04, 640, 360) },
  { name: 'settings', graph: street({ seconds: 2, width: 480, height: 270 }).replace('format=', 'fps=2,format=') },
];
for (const { name, graph } of pictures) {
  const file = join(folder, `${name}.mjpeg`);
  const full = graph.replace('yuv420p[out]', 'yuvj420p[out]');
  run([
    '-filter_complex',
    full,
    '-map',
    '[out]',
    '-c:v',
    'mjpeg',
    '-huffman',
    'optimal',
    '-q:v',
    '16',
    '-f',
    'mjpeg',
    file,
  ]);
  files.push(file);
}
let total = 0;
for (const file of files) {
  const { size } = statSync(file);
  total += size;
  process.stdout.write(`${String(size).padStart(8)} ${file}\n`);
}
process.stdout.write(`${String(total).padStart(8)} bytes, at most ${SIZE_MAX_BYTES}\n`);
if (total > SIZE_MAX_BYTES) process.exitCode = 1;
