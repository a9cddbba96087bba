// What a strict project sees that declares nothing but ES2022 and the DOM; it is compiled, never run.
import { startMock } from '@connectmypairs/mock';
import { globalSetup } from '@connectmypairs/mock/global-setup';
import { createMock } from '@connectmypairs/mock/handler';

const mock = await startMock({ latency: undefined });
// @ts-expect-error a text, and not `any`
const port: number = mock.baseURL;
createMock({ latency: undefined, faults: [{ fault: 'reset', next: port, rate: undefined }] });
globalSetup({ require: undefined });
