/** What a server can make a probe hold or wait for, whatever it sends. Bytes, counts and milliseconds; docs/reference/rtsp-probe.md lists them. */

/** One line of a head: the longest honest one is a Digest challenge or an RTP-Info of some hundred bytes. */
export const LINE_BYTES_MAX = 8_192;
/** Status line and headers of one message. */
export const HEAD_BYTES_MAX = 32_768;
export const HEADERS_MAX = 100;
/** A body that is kept: the longest session description in the field has about 6 KiB. */
export const BODY_BYTES_MAX = 65_536;
/** Bytes that are skipped, in one connection, to find the next packet after a broken one. */
export const SKIPPED_BYTES_MAX = 262_144;
/** Requests that a server may send to us in one connection. */
export const SERVER_REQUESTS_MAX = 16;
/** Answers to questions that nobody asked. */
export const STRAY_ANSWERS_MAX = 16;

/** Hops after the first. */
export const REDIRECTS_MAX = 3;
/** Times that a probe answers a challenge, all requests together: the first, a stale nonce, and servers that change it with each request. */
export const CHALLENGES_MAX = 6;
export const URL_BYTES_MAX = 2_048;

/** Cheap mode ends this long after PLAY was accepted, key frame or not. */
export const CHEAP_MS_MAX = 3_000;
/** PLAY was accepted and nothing came for this long. */
export const NO_PACKETS_MS = 5_000;
/** The stream began and is silent for this long at the end. */
export const STALLED_MS = 2_000;
/** Kept of the probe's time for TEARDOWN, and waited for its answer at most. */
export const TEARDOWN_MS_MAX = 500;
/** A session description without a length is over when nothing came for this long. */
export const OPEN_BODY_MS = 300;

/** Media sections and lines of a session description. */
export const SDP_LINES_MAX = 1_000;
export const SDP_MEDIA_MAX = 32;
/** Attributes kept of one section. */
export const SDP_ATTRIBUTES_MAX = 64;

/** One parameter set that is kept. */
export const PARAMETER_SET_BYTES_MAX = 1_024;
/** Parameter sets kept of one kind. */
export const PARAMETER_SETS_MAX = 4;
/** Bytes of an access unit that are hashed. */
export const HASHED_BYTES_MAX = 65_536;
