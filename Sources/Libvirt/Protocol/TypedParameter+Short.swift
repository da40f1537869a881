extension TypedParameter {
    public init(_ field: String, _ value: TypedParameterValue) { self.init(field: field, value: value) }
}
