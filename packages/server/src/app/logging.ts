import { pino } from 'pino';
import { type Logger, pinoLogger } from '../base/logger.ts';

export type LogFormat = 'logfmt' | 'json';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Lines go to standard error, so that standard output holds what the user asked for. */
export function createLogger(level: LogLevel, format: LogFormat, write: (line: string) => void): Logger {
  const destination = { write: format === 'json' ? write : (line: string) => write(toLogfmt(line)) };
  const options = {
    level,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: pino.stdSerializers.err },
  };
  return pinoLogger(pino(options, destination));
}

/** `time=… level=info msg="…" key=value`: what Prometheus writes, and what a person can read. */
function toLogfmt(line: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const failure = err as { message?: string; stack?: string } | undefined;
  const parts: [string, unknown][] = [
    ['time', time],
    ['level', level],
    ['msg', msg],
    ...Object.entries(fields),
    ...(failure ? ([['err', failure.stack ?? failure.message]] as [string, unknown][]) : []),
  ];
  return `${parts.map(([key, value]) => `${key}=${logfmtValue(value)}`).join(' ')}\n`;
}

function logfmtValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
