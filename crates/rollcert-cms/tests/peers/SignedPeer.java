import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Security;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cms.CMSAbsentContent;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignatureEncryptionAlgorithmFinder;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.CMSSignedDataStreamGenerator;
import org.bouncycastle.cms.DefaultCMSSignatureEncryptionAlgorithmFinder;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.SignerInfoGenerator;
import org.bouncycastle.cms.SignerInfoGeneratorBuilder;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.CollectionStore;

/**
 * Bouncy Castle makes and verifies signed data, as the lines of the file {@code jobs} say:
 *
 * <pre>
 * sign    NAME  OPTION,OPTION,…  KEY:SCHEME+KEY:SCHEME…
 * bundle  NAME  -                KEY+KEY…
 * verify  NAME  attached|detached
 * </pre>
 *
 * For each {@code verify} it prints name, signers, those that verify, encoding, and certificates.
 */
public class SignedPeer {
    static final String PROVIDER = "BC";
    static Path folder;
    static byte[] content;
    static DigestCalculatorProvider digests;

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        folder = Path.of(arguments[0]);
        content = read("content");
        digests = new JcaDigestCalculatorProviderBuilder().setProvider(PROVIDER).build();
        for (String line : Files.readAllLines(folder.resolve("jobs"))) {
            String[] job = line.split("\t");
            try {
                switch (job[0]) {
                    case "sign" -> write(job[1], sign(Set.of(job[2].split(",")), job[3].split("\\+")));
                    case "bundle" -> write(job[1], bundle(job[3].split("\\+")));
                    case "verify" -> System.out.println(verify(job[1], job[2].equals("attached")));
                    default -> throw new IllegalArgumentException(job[0]);
                }
            } catch (Exception error) {
                throw new Exception(line, error);
            }
        }
    }

    static byte[] sign(Set<String> options, String[] signers) throws Exception {
        List<SignerInfoGenerator> generators = new ArrayList<>();
        List<X509CertificateHolder> certificates = new ArrayList<>();
        for (String signer : signers) {
            String[] parts = signer.split(":");
            generators.add(signerInfo(options, parts[0], parts[1]));
            certificates.add(certificate(parts[0]));
        }
        if (options.contains("no-certificates")) {
            certificates.clear();
        }
        boolean attached = options.contains("attached");
        if (options.contains("streamed")) {
            CMSSignedDataStreamGenerator generator = new CMSSignedDataStreamGenerator();
            generators.forEach(generator::addSignerInfoGenerator);
            generator.addCertificates(new CollectionStore<>(certificates));
            generator.setBufferSize(70);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (OutputStream inside = generator.open(out, attached)) {
                for (int at = 0; at < content.length; at += 99) {
                    inside.write(content, at, Math.min(99, content.length - at));
                }
            }
            return out.toByteArray();
        }
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generators.forEach(generator::addSignerInfoGenerator);
        generator.addCertificates(new CollectionStore<>(certificates));
        if (options.contains("crl")) {
            String[] issuer = signers[0].split(":");
            Date now = new Date();
            X509v2CRLBuilder crl = new X509v2CRLBuilder(certificate(issuer[0]).getSubject(), now);
            crl.addCRLEntry(BigInteger.TEN, now, 0);
            generator.addCRL(crl.build(contentSigner(issuer[0], issuer[1])));
        }
        CMSProcessableByteArray typed = options.contains("other-type")
            ? new CMSProcessableByteArray(new ASN1ObjectIdentifier("1.2.840.113549.1.7.3"), content)
            : new CMSProcessableByteArray(content);
        CMSSignedData message = generator.generate(typed, attached);
        if (options.contains("countersigned")) {
            SignerInformation first = message.getSignerInfos().getSigners().iterator().next();
            SignerInformationStore over = generator.generateCounterSigners(first);
            SignerInformation both = SignerInformation.addCounterSigners(first, over);
            message = CMSSignedData.replaceSigners(message, new SignerInformationStore(both));
        }
        return options.contains("der")
            ? message.toASN1Structure().getEncoded("DER")
            : message.getEncoded();
    }

    static SignerInfoGenerator signerInfo(Set<String> options, String key, String scheme) throws Exception {
        // The kind of key in place of the scheme, as some products write it.
        CMSSignatureEncryptionAlgorithmFinder names = options.contains("kind-of-key")
            ? identifier -> kindOfKey(key)
            : new DefaultCMSSignatureEncryptionAlgorithmFinder();
        SignerInfoGeneratorBuilder builder = new SignerInfoGeneratorBuilder(digests, names);
        builder.setDirectSignature(options.contains("no-attributes"));
        if (options.contains("no-protection")) {
            builder.setSignedAttributeGenerator(new DefaultSignedAttributeTableGenerator() {
                @Override
                public AttributeTable getAttributes(Map parameters) {
                    return super.getAttributes(parameters).remove(CMSAttributes.cmsAlgorithmProtect);
                }
            });
        }
        ContentSigner signer = contentSigner(key, scheme);
        X509CertificateHolder certificate = certificate(key);
        if (options.contains("by-key")) {
            SubjectKeyIdentifier identifier = SubjectKeyIdentifier.fromExtensions(certificate.getExtensions());
            return builder.build(signer, identifier.getKeyIdentifier());
        }
        return builder.build(signer, certificate);
    }

    /** {@code rsaEncryption} with its NULL, or {@code id-ecPublicKey} without the curve. */
    static AlgorithmIdentifier kindOfKey(String key) {
        return key.startsWith("rsa")
            ? new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE)
            : new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey);
    }

    /** {@code NAME}, or {@code NAME/DIGEST/SALT} for RSASSA-PSS with a salt of this length. */
    static ContentSigner contentSigner(String key, String scheme) throws Exception {
        String[] parts = scheme.split("/");
        JcaContentSignerBuilder builder = parts.length == 1
            ? new JcaContentSignerBuilder(parts[0])
            : new JcaContentSignerBuilder(parts[0], new PSSParameterSpec(
                parts[1], "MGF1", new MGF1ParameterSpec(parts[1]), Integer.parseInt(parts[2]), 1));
        return builder.setProvider(PROVIDER).build(privateKey(key));
    }

    static byte[] bundle(String[] keys) throws Exception {
        List<X509CertificateHolder> certificates = new ArrayList<>();
        for (String key : keys) {
            certificates.add(certificate(key));
        }
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addCertificates(new CollectionStore<>(certificates));
        return generator.generate(new CMSAbsentContent(), false).getEncoded();
    }

    static String verify(String name, boolean attached) throws Exception {
        byte[] octets = read(name);
        CMSSignedData message = attached
            ? new CMSSignedData(octets)
            : new CMSSignedData(new CMSProcessableByteArray(content), octets);
        if (attached && !Arrays.equals(content, (byte[]) message.getSignedContent().getContent())) {
            return name + "\tother content";
        }
        int signers = 0;
        int verified = 0;
        for (SignerInformation signer : message.getSignerInfos()) {
            signers++;
            for (X509CertificateHolder known : certificates()) {
                if (signer.getSID().match(known)) {
                    JcaSimpleSignerInfoVerifierBuilder builder = new JcaSimpleSignerInfoVerifierBuilder();
                    verified += signer.verify(builder.setProvider(PROVIDER).build(known)) ? 1 : 0;
                }
            }
        }
        byte[] again = ASN1Primitive.fromByteArray(octets).getEncoded("DER");
        return String.join("\t", name, String.valueOf(signers), String.valueOf(verified),
            Arrays.equals(octets, again) ? "DER" : "BER",
            String.valueOf(message.getCertificates().getMatches(null).size()));
    }

    static List<X509CertificateHolder> certificates() throws Exception {
        List<X509CertificateHolder> all = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.crt")) {
            for (Path file : files) {
                all.add(new X509CertificateHolder(Files.readAllBytes(file)));
            }
        }
        return all;
    }

    static X509CertificateHolder certificate(String key) throws Exception {
        return new X509CertificateHolder(read(key + ".crt"));
    }

    static PrivateKey privateKey(String key) throws Exception {
        byte[] octets = read(key + ".pk8");
        String algorithm = PrivateKeyInfo.getInstance(octets).getPrivateKeyAlgorithm().getAlgorithm().getId();
        return KeyFactory.getInstance(algorithm, PROVIDER).generatePrivate(new PKCS8EncodedKeySpec(octets));
    }

    static byte[] read(String name) throws Exception {
        return Files.readAllBytes(folder.resolve(name));
    }

    static void write(String name, byte[] octets) throws Exception {
        Files.write(folder.resolve(name), octets);
    }
}
