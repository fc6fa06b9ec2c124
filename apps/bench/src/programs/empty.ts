// What Node takes for itself.
void 0;
