import type { TroubleKind } from '@vedette/wire/http';

/** What to do next, one sentence for each kind of trouble; checks that know more say more. */
export const ADVICE: Readonly<Record<TroubleKind, string>> = {
  offline: 'Check power, cable and switch port of the camera, then restart it through its switch port.',
  credentials:
    'Compare the credentials in the inventory with those of the camera; were they changed or is the account locked?',
  path: 'Compare the stream address with what the camera offers; a firmware update may have renamed it.',
  session_limit: 'Close viewers that read from the camera directly, and let them read from the recorder instead.',
  tls: "Look at the camera's certificate and its dates; set insecure_tls if the camera signs its own.",
  no_video: 'Look at the encoder settings of the camera: the stream has no video track.',
  stalled: 'Restart the stream on the camera; when it comes back at fixed times, look for what runs then.',
  frozen: 'Restart the camera; look at its picture, an overlaid clock may go on while the picture stands still.',
  dark: 'Look at the picture: is the lens covered, the infrared light out, or the room dark?',
  overexposed: 'Look at the picture: does light shine into the lens? Then set exposure or turn the camera.',
  blurred: 'Clean the lens and set the focus; when neighbours are blurred too, it is the weather.',
  moved: 'Compare the picture with the reference: was the camera turned? Set it back or take a new reference.',
  colour_cast: 'Look at the infrared filter of the camera: it seems to be in the wrong position.',
  low_frame_rate:
    'Look at load and exposure time of the camera and at its bit-rate limit; long exposure at night lowers the rate.',
  declared_rate: 'Set the frame rate of the camera to what it can deliver; recordings drift until then.',
  keyframe_interval: 'Set the key-frame (GOP) interval of the camera to two seconds.',
  packet_loss: 'Look at the path to the camera: cable, switch port errors, and load of its uplink.',
  clock_offset: 'Set the time server (NTP) of the camera and look whether it can be reached.',
  settings_changed: 'Ask who changed the camera; if it was meant, change the inventory accordingly.',
  bitrate_collapse: 'Look at the picture: is the lens covered? Else look at the bit-rate limit of the camera.',
  flapping: 'Look at power and cable of the camera and at the log of its switch port.',
  recording_gap: 'Look at the recorder: is recording on for this camera, and is there room on its disk?',
  recorder_full: 'Make room on the recorder: shorten retention, or add a disk.',
  recorder_down: 'Look at the recorder: power, network, and its service.',
  switch_down: 'Look at the switch: power, uplink, and its budget for powering cameras.',
  site_down: 'Look at power and uplink of the site.',
  link_down: 'Look at the link to the site; its agent keeps what it measures and sends it when the link is back.',
  model_drift:
    'Compare pictures of today with those the model was trained on; season, dirt, or a moved camera? Retrain when it lasts.',
  silent_detector:
    'Look at the picture and at the detector of this camera: it works, and finds nothing where it usually does.',
  gpu_starved: 'Move cameras to another node, lower their rate for detection, or let it read the sub stream.',
  no_heartbeat: 'Look at what tells about this camera: probe, exporter or agent; nothing arrives from it.',
};
