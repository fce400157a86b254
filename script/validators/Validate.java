import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Validates dossiers with veraPDF (PDF/A-3a, PDF/UA-1) and EU DSS (signatures): CERT FILE... */
public class Validate {
    private static boolean passed = true;

    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (int i = 1; i < arguments.length; i++) {
            File file = new File(arguments[i]);
            System.out.println(file.getName());
            format(file, PDFAFlavour.PDFA_3_A, "veraPDF PDF/A-3a");
            format(file, PDFAFlavour.PDFUA_1, "veraPDF PDF/UA-1");
            signatures(file, new File(arguments[0]));
        }
        System.exit(passed ? 0 : 1);
    }

    private static void say(String what, boolean good, String detail) {
        passed &= good;
        String line = String.format("  %-18s %s  %s", what, good ? "pass" : "FAIL", detail);
        System.out.println(line.stripTrailing());
    }

    private static void format(File file, PDFAFlavour flavour, String name) throws Exception {
        try (InputStream content = new FileInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(content, flavour)) {
            ValidationResult result =
                    Foundries.defaultInstance().createValidator(flavour, false).validate(parser);
            Map<String, Integer> broken = new TreeMap<>();
            for (TestAssertion assertion : result.getTestAssertions()) {
                if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                    String rule = assertion.getRuleId().getClause() + "-"
                            + assertion.getRuleId().getTestNumber() + " " + assertion.getMessage();
                    broken.merge(rule, 1, Integer::sum);
                }
            }
            say(name, result.isCompliant(), broken.isEmpty() ? "" : broken.toString());
        }
    }

    private static void signatures(File file, File trusted) throws Exception {
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        try (InputStream pem = new FileInputStream(trusted)) {
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                anchors.addCertificate(new CertificateToken((X509Certificate) each));
            }
        }
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(anchors);
        SignedDocumentValidator validator =
                SignedDocumentValidator.fromDocument(new FileDocument(file));
        validator.setCertificateVerifier(verifier);
        SimpleReport report = validator.validateDocument().getSimpleReport();
        if (report.getSignatureIdList().isEmpty()) {
            say("DSS", false, "no signature");
        }
        for (String id : report.getSignatureIdList()) {
            Indication indication = report.getIndication(id);
            String detail = report.getSignatureFormat(id) + ", " + indication
                    + (report.getSubIndication(id) == null ? "" : ", " + report.getSubIndication(id));
            say("DSS signature", indication == Indication.TOTAL_PASSED, detail);
        }
    }
}
