import { globalSetup } from '@connectmypairs/mock/global-setup';

// One mock server for the run. The run fails when its tests have never met one of these answers.
export default globalSetup({ names: ['alice'], require: [201, 400, 403, 409] });
