import { Transform } from 'class-transformer';

// A number of a path or a query is a text of digits. What is none stays a text, which @IsInt()
// refuses.
export const Digits = () =>
  Transform(({ value }) => (/^\d{1,15}$/.test(value) ? Number(value) : value));
