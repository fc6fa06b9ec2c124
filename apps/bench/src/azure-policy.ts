import {
  bearerTokenAuthenticationPolicy,
  createHttpHeaders,
  createPipelineRequest,
  type PipelinePolicy,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";

/** The bearer token policy of @azure/core-rest-pipeline, and a request that it is to authorise. */
export interface AzurePolicy {
  /** Puts the header onto a request; the rest of the pipeline answers at once. */
  authorize(): Promise<unknown>;
}

export function azurePolicy(token: () => Promise<void>): AzurePolicy {
  const policy: PipelinePolicy = bearerTokenAuthenticationPolicy({
    scopes: "https://example.com/.default",
    credential: {
      async getToken() {
        await token();
        return { token: "invented-access-token", expiresOnTimestamp: Date.now() + 25_200_000 };
      },
    },
  });
  const request = createPipelineRequest({ url: "https://example.com/" });
  const response: PipelineResponse = { request, status: 200, headers: createHttpHeaders() };
  const next = async (): Promise<PipelineResponse> => response;
  return { authorize: () => policy.sendRequest(request, next) };
}
