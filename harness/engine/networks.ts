import { randomBytes, randomInt } from 'node:crypto';
import type { Docker } from './discover.ts';
import { engineFailed, engineSaid } from './problems.ts';
import type { EngineObject, Labels } from './types.ts';

const SUBNETS = 256;

/**
 * 198.18.0.0/15 is set aside for test beds (RFC 2544 section C.2.2), so that no mail system under test has it for its own. The
 * engine's networks have the lower half; the upper one, 198.19.0.0/16, belongs to the outside of every world: a hub whose cable
 * lay there would look for outside exchangers on its cable.
 */
export const subnetAt = (at: number): string => `198.18.${at % SUBNETS}.0/24`;

/** Networks that mailproof makes, each with a /24 that the engine does not use yet. */
export class Networks {
  readonly #docker: Docker;
  /** Promised to networks that are being made by this process. */
  readonly #taken = new Set<string>();

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  /** @throws MailproofError ENGINE_FAILED, also when all subnets are in use */
  async create(purpose: 'cable' | 'bridge', labels: Labels): Promise<EngineObject> {
    const name = `mailproof-${labels['mailproof.instance'] ?? randomBytes(4).toString('hex')}-${purpose}`;
    const used = new Set((await this.#docker.listNetworks()).flatMap((network) => network.IPAM?.Config ?? []).map((config) => config.Subnet));
    const first = randomInt(SUBNETS);
    for (let i = 0; i < SUBNETS; i++) {
      const subnet = subnetAt(first + i);
      if (used.has(subnet) || this.#taken.has(subnet)) continue;
      this.#taken.add(subnet);
      try {
        const network = await this.#docker.createNetwork({
          Name: name,
          Driver: 'bridge',
          Internal: purpose === 'cable',
          EnableIPv6: false,
          IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
          Labels: { ...labels },
        });
        return { name, id: network.id };
      } catch (error) {
        // Another process was quicker, or a route of the machine itself lies there.
        if (!/overlap/i.test(engineSaid(error))) throw engineFailed(`the network ${name} could not be made`, error);
      } finally {
        this.#taken.delete(subnet);
      }
    }
    throw engineFailed(`the network ${name} could not be made`, new Error('every subnet of 198.18.0.0/16 is in use'), 'remove what earlier runs left: mailproof down --all');
  }
}
