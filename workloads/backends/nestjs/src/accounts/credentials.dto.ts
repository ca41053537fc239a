import { IsString } from 'class-validator';

export class Credentials {
  @IsString()
  name: string;

  @IsString()
  password: string;
}
