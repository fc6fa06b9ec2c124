// All that the adapter gives to users.
export * from "@x/angel-one";
