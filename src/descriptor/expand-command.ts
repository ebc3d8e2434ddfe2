import { expandBoutiques } from './dialects/boutiques/expand.ts';
import { expandCytomine } from './dialects/cytomine/expand.ts';
import type { ExpandContext } from './expand-context.ts';
import type { Command, Descriptor, Invocation } from './model.ts';

/**
 * What is to be executed for an invocation: argv as a list, secrets masked beside it. Pure and
 * deterministic; a value that was put in is never looked into again.
 */
export function expandCommand(
  descriptor: Descriptor,
  invocation: Invocation,
  context: ExpandContext = {},
): Command {
  switch (descriptor.dialect) {
    case 'cytomine-0.1':
      return expandCytomine(descriptor, invocation, context);
    case 'boutiques-0.5':
      return expandBoutiques(descriptor, invocation, {
        workingDirectory: context.workingDirectory ?? '/',
      });
  }
}
