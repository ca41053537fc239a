// What is valid input.

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

export const OrderQuery = z.object({ q: z.string().min(1).max(50) });

export const Order = z.object({
  number: z.int().min(100).max(999),
  customer: z.string().min(1).max(100),
  email: z
    .string()
    .max(200)
    .regex(/^[^@]+@[^@]+$/),
  items: z
    .array(
      z.object({
        sku: z.string().regex(/^[A-Z]{2}-\d{4}$/),
        quantity: z.int().min(1).max(999),
        price_cents: z.int().min(1).max(10_000_000),
      }),
    )
    .min(1)
    .max(50),
  note: z.string().max(1000),
});

export const Credentials = z.object({ name: z.string(), password: z.string() });
