import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

import { Digits } from '../digits.js';

export class ById {
  @Digits()
  @IsInt()
  id: number;
}

export class OrderQuery {
  @IsString()
  @Length(1, 50)
  q: string;
}

export class Item {
  @Matches(/^[A-Z]{2}-\d{4}$/)
  sku: string;

  @IsInt()
  @Min(1)
  @Max(999)
  quantity: number;

  @IsInt()
  @Min(1)
  @Max(10_000_000)
  price_cents: number;
}

export class Order {
  @IsInt()
  @Min(100)
  @Max(999)
  number: number;

  @IsString()
  @Length(1, 100)
  customer: string;

  @MaxLength(200)
  @Matches(/^[^@]+@[^@]+$/)
  email: string;

  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => Item)
  items: Item[];

  @IsString()
  @MaxLength(1000)
  note: string;
}
