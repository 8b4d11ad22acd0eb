import { z } from 'zod';
import { errorMessage } from '../../base/errors.ts';
import { parseMatcher } from '../config/parse-matchers.ts';

const MATCHERS_MAX = 64;
const MATCHER_CHARS_MAX = 4_096;

/**
 * A list of matchers all of which must match, as written in an Alertmanager file; an empty list matches everything. The texts stay as
 * they are, so that `vedette config print` shows them; who uses them calls `parseMatcher`.
 */
export const matchersField = z
  .array(
    z
      .string()
      .max(MATCHER_CHARS_MAX)
      .superRefine((text, context) => {
        try {
          parseMatcher(text);
        } catch (error) {
          context.addIssue({ code: 'custom', message: errorMessage(error) });
        }
      }),
  )
  .max(MATCHERS_MAX)
  .default([]);
