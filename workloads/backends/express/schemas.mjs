// What is valid input; an order is in order_schemas.mjs.

import { z } from 'zod';

const Digits = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

const count = (most) => z.object({ n: Digits.pipe(z.int().min(1).max(most)) });

export const ById = z.object({ id: Digits });
export const QueriesQuery = count(500);
export const FanoutQuery = count(20);

export const EventsQuery = z.object({ interval: Digits.pipe(z.int().min(10).max(60_000)) });

export const Credentials = z.object({ name: z.string(), password: z.string() });
