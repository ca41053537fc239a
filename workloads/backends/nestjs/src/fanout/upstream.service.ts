import { Injectable } from '@nestjs/common';
import { Agent, fetch } from 'undici';

import { options } from '../../../node-shared/options.mjs';

@Injectable()
export class UpstreamService {
  private readonly dispatcher = new Agent({ connections: 64 });

  async ask() {
    const response = await fetch(`${options.upstream}/delay/5`, { dispatcher: this.dispatcher });
    if (!response.ok) {
      throw new Error(`the upstream answered ${response.status}`);
    }
    return response.text();
  }
}
