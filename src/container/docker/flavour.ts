import type { EngineName } from '../engine.ts';

/** Where engines that speak Docker's API differ. */
export interface Flavour {
  readonly name: Extract<EngineName, 'docker' | 'podman'>;
  /** As its makers write it. */
  readonly title: string;
  /** How to bring it about that it answers, as a sentence. */
  readonly startHint: string;
  /** How to be allowed to use it. */
  readonly permissionHint: string;
}

export const DOCKER: Flavour = {
  name: 'docker',
  title: 'Docker',
  startHint:
    'Start it ("sudo systemctl start docker", or open Docker Desktop), or set DOCKER_HOST to where it is; "cyto-run doctor" tells more.',
  permissionHint:
    'Join the docker group ("sudo usermod -aG docker $USER", then log in again), or point DOCKER_HOST at a rootless engine.',
};

export const PODMAN: Flavour = {
  name: 'podman',
  title: 'Podman',
  startHint:
    'Start its service ("systemctl --user enable --now podman.socket", as root without --user), or set CONTAINER_HOST to where it is; "cyto-run doctor" tells more.',
  permissionHint:
    'Start a service of your own ("systemctl --user enable --now podman.socket"): Podman needs no root.',
};
