// @hono/zod-validator answers 400 to what isn't valid, and here it is 422.

import { zValidator } from '@hono/zod-validator';

export function validated(target, schema) {
  return zValidator(target, schema, (result, c) =>
    result.success ? undefined : c.json({ errors: result.error.issues }, 422),
  );
}
