import { AtpAgent } from '@atproto/api';

export const read = async (agent: AtpAgent, space: string) => (await agent.getDelegationToken({ space })).data.token;
