"""Work that is repeated: what fails is logged and tried again, and the rest goes on."""
