// All of this module is generated: see xdrgen.options, and Protocol/inventory.x.
