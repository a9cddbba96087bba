import type { Answer } from '@connectmypairs/mock';

/** What a person is told: `code` says which of the documented answers it is. */
export function message(answer: Answer): { kind: 'success' | 'problem'; text: string } {
  switch (answer.code) {
    case undefined:
      return { kind: 'success', text: `Welcome, ${answer.name}! Your account is ${answer.privacy.toLowerCase()}.` };
    case '409':
      return { kind: 'problem', text: `The name ${answer.name} is taken. Please try another one.` };
    case '400':
      return { kind: 'problem', text: `Please check what you entered: ${answer.description}.` };
    case '403':
      return { kind: 'problem', text: 'You cannot sign up from here right now. Please contact support.' };
  }
}
