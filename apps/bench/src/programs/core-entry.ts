// All that `@x/core` gives to users.
export * from "@x/core";
